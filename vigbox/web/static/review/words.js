// The words that scripts show: they lie in the page's <template id="words">, to be translated.
const words = new Map(
  [...(document.getElementById("words")?.content.querySelectorAll("[data-word]") ?? [])]
    .map((each) => [each.dataset.word, each.textContent]),
);

export function say(key, facts = {}) {
  return (words.get(key) ?? key).replaceAll(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

const tenths = new Intl.NumberFormat(document.documentElement.lang, {
  minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false,
});

// one place behind the point, or the comma
export function decimal(number) { return tenths.format(number); }
