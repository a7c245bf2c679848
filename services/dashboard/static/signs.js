// The verdict as a shape, so that it is told apart without colours: a circle with a tick, an octagon with a cross.
const TICK = '<circle cx="16" cy="16" r="13.5" fill="none" stroke="currentColor" stroke-width="3"/><path d="M9.5 16.5l4.6 4.6 8.6-9.4" fill="none" stroke="currentColor" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/>';
const CROSS = '<path d="M10.4 2.5h11.2l7.9 7.9v11.2l-7.9 7.9H10.4l-7.9-7.9V10.4z" fill="currentColor"/><path d="M10.8 10.8l10.4 10.4M21.2 10.8L10.8 21.2" stroke="var(--sign-cross, #fff)" stroke-width="3.6" stroke-linecap="round"/>';

export function sign(verdict) {
  return `<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">${verdict === "OK" ? TICK : CROSS}</svg>`;
}
