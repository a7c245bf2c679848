// How this person writes times and numbers: the page's language, in the variety that the browser prefers (en-GB, fr-CA).
export function locale() {
  const language = document.documentElement.lang.slice(0, 2) || "en";
  return navigator.languages.find((one) => one.startsWith(language)) ?? language;
}
