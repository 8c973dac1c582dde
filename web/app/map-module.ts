// The map is its own chunk. It is asked for at once, beside the first answers, and only where it can be drawn.
import { hasWebGl } from '@/core/webgl';

export const webgl = hasWebGl();
export const mapModule = webgl ? import('@/map/map') : null;
