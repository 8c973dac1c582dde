// The plan before as a second map over the one map: under a curtain that can be drawn across, or beside it.
// Invariant: both show the same places at the same scale, whichever is moved.
import type { ColourClass } from '../core/colours';
import { CityMap, type Listeners, type Tag } from './map';
import type { FillMode, Picture } from './style';

const SILENT: Listeners = { picked() {}, moved() {}, hovered() {}, failed() {}, idle() {}, lost() {} };

export class BeforeMap {
  private readonly node = document.createElement('div');
  private readonly second: CityMap;
  private following = false;

  /** `beside`: it takes the left half for itself; else it lies over the left `share` of the map. */
  constructor(private readonly city: CityMap, picture: Picture, deviation: readonly ColourClass[], mode: FillMode, private readonly beside: boolean, label: string) {
    const { gl } = city;
    this.node.style.cssText = beside ? 'position:absolute;inset:0 50% 0 0' : 'position:absolute;inset:0;pointer-events:none';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', label);
    gl.getContainer().after(this.node);
    if (beside) this.halve();
    const { lng, lat } = gl.getCenter();
    this.second = new CityMap(this.node, picture, deviation, mode, { lon: lng, lat, zoom: gl.getZoom() }, SILENT);
    gl.on('move', this.follow);
    gl.on('resize', this.halve);
    this.second.gl.on('move', this.lead);
  }

  /** Uncovers the map but for its left share. */
  setShare(share: number): void {
    if (!this.beside) this.node.style.clipPath = `inset(0 ${(1 - share) * 100}% 0 0)`;
  }

  show(picture: Picture): void {
    this.second.show(picture);
  }

  setMode(mode: FillMode, deviation: readonly ColourClass[]): void {
    this.second.setMode(mode, deviation);
  }

  setTags(tags: Tag[]): void {
    this.second.setTags(tags, true);
  }

  remove(): void {
    const { gl } = this.city;
    gl.off('move', this.follow);
    gl.off('resize', this.halve);
    this.second.gl.remove();
    this.node.remove();
    if (this.beside && this.city.alive) gl.jumpTo({ center: gl.getCenter(), zoom: gl.getZoom(), padding: { top: 0, bottom: 0, left: 0, right: 0 } });
  }

  /** The middle of the map is that of its free half. */
  private readonly halve = (): void => {
    const { gl } = this.city;
    if (this.beside && this.city.alive) gl.jumpTo({ center: gl.getCenter(), zoom: gl.getZoom(), padding: { top: 0, bottom: 0, right: 0, left: gl.getContainer().clientWidth / 2 } });
  };

  private readonly follow = (): void => this.tie(this.city, this.second);
  private readonly lead = (): void => this.tie(this.second, this.city);

  private tie(from: CityMap, to: CityMap | undefined): void {
    if (this.following || !to) return;
    this.following = true;
    to.gl.jumpTo({ center: from.gl.getCenter(), zoom: from.gl.getZoom() });
    this.following = false;
  }
}
