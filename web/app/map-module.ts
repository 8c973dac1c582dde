// The map is its own chunk. It is asked for at once, beside the first answers, and only where it can be drawn.
import { ref } from 'vue';

/** Whether this browser can draw the map; without, the page is a table. Making a context only to find out would
 *  cost a fifth of a second: the map itself says it when it cannot have one. */
export const webgl = ref(typeof WebGL2RenderingContext !== 'undefined');
export const mapModule = webgl.value ? import('@/map/map') : null;
