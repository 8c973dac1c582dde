// The page that is printed: size and margins as @page, numbers of pages in its corner.
import { computed, onBeforeUnmount, ref, watchEffect } from 'vue';

export const SIZES = { A4: [210, 297], A3: [297, 420] } as const;
export type PaperSize = keyof typeof SIZES;
const MARGIN_MM = 12;

export type Paper = ReturnType<typeof usePaper>;

/** `asked` is what the address says of the size; the title is what the browser names the PDF. */
export function usePaper(asked: unknown, otherwise: PaperSize, landscape: boolean, title: () => string) {
  const size = ref<PaperSize>(asked === 'A3' || asked === 'A4' ? asked : otherwise);
  const grey = ref(false);
  const mm = computed(() => {
    const [short, long] = SIZES[size.value];
    const [w, h] = landscape ? [long, short] : [short, long];
    return { w, h, inner: w - 2 * MARGIN_MM };
  });
  const style = document.createElement('style');
  document.head.append(style);
  // The frame of the application never scrolls; paper does.
  document.body.style.overflow = 'auto';
  watchEffect(() => {
    style.textContent = `@page { size: ${size.value} ${landscape ? 'landscape' : 'portrait'}; margin: ${MARGIN_MM}mm ${MARGIN_MM}mm 14mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8.5pt sans-serif; } }`;
  });
  const before = document.title;
  watchEffect(() => { document.title = title() || before; });
  onBeforeUnmount(() => {
    document.title = before;
    style.remove();
    document.body.style.overflow = '';
  });
  const vars = computed(() => ({ '--sheet-w': `${mm.value.w}mm`, '--sheet-h': `${mm.value.h}mm` }));
  return { size, grey, mm, vars };
}
