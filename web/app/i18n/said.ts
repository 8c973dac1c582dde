// What the server says in both languages, in that of the reader. The page's own words are vue-i18n's.
import { useI18n } from 'vue-i18n';

type Bilingual<F extends string> = { readonly [K in `${F}_zh` | `${F}_en`]: string };

export interface Said {
  /** `{ zh, en }`, as problems and errors are. */
  (of: { readonly zh: string; readonly en: string }): string;
  /** `said(row, 'reason')`: its `reason_zh` or `reason_en`. */
  <F extends string>(of: Bilingual<F>, field: F): string;
}

export function useSaid(): Said {
  const { locale } = useI18n();
  return (of: object, field?: string) => {
    const language = locale.value.startsWith('zh') ? 'zh' : 'en';
    return (of as Record<string, string>)[field === undefined ? language : `${field}_${language}`]!;
  };
}
