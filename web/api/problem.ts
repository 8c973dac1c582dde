// What the server says when something is wrong: RFC 9457 bodies and single problems of an input.

export interface Problem {
  severity: 'note' | 'warning' | 'mended' | 'refused';
  code: string;
  row: number | null;
  field: string | null;
  value: string | null;
  zh: string;
  en: string;
}

/** An answer that is not what was asked for; both languages travel with it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly problems: Problem[] = [],
    readonly details: string[] = [],
  ) {
    super(`${code}: ${en}`);
    this.name = 'ApiError';
  }

  /** Whatever was thrown, as something to show: an answer of the server stays itself, a fault of the page says so. */
  static of(reason: unknown): ApiError {
    if (reason instanceof ApiError) return reason;
    const what = String(reason);
    const error = new ApiError(0, 'client', `页面出错（${what}）。请重试；若仍出错，请刷新页面。`, `The page went wrong (${what}). Try again; if it stays wrong, reload the page.`);
    error.cause = reason;
    return error;
  }

  /** Whether asking again may help. */
  get retryable(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}
