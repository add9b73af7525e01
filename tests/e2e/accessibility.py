"""What a person with a screen reader, a keyboard or weak eyes needs, measured in the page."""

from __future__ import annotations

from playwright.sync_api import Page

_EVERY_ELEMENT = """
function* everything(root) {
  for (const node of root.querySelectorAll('*')) {
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    yield node;
    if (node.shadowRoot) yield* everything(node.shadowRoot);
  }
}
const short = (node) => node.outerHTML.slice(0, 120);
"""

_NAMELESS = (
    "() => {"
    + _EVERY_ELEMENT
    + """
  const named = (node) => {
    const labels = [...(node.labels ?? [])].map((label) => label.textContent);
    return [node.getAttribute('aria-label'), ...labels, node.textContent].some((name) => name?.trim());
  };
  return [...everything(document)]
    .filter((node) => node.matches('button, a[href], input, select, textarea, summary, [role]'))
    .filter((node) => !node.matches('[role=status], [role=alert]'))
    .filter((node) => !named(node)).map(short);
}"""
)

_SMALL = (
    "() => {"
    + _EVERY_ELEMENT
    + """
  return [...everything(document)]
    .filter((node) => node.matches('button, input, select, textarea'))
    .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 24).map(short);
}"""
)

_FAINT = (
    "() => {"
    + _EVERY_ELEMENT
    + """
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => Object.fromEntries(
    ['r', 'g', 'b'].map((one) => [one, top[one] * top.a + below[one] * (1 - top.a)]).concat([['a', 1]]));
  const above = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const ground = (node) => {
    if (!node) return { r: 255, g: 255, b: 255, a: 1 };
    const own = parse(getComputedStyle(node).backgroundColor);
    return own.a === 1 ? own : over(own, ground(above(node)));
  };
  const light = ({ r, g, b }) => [r, g, b].map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const speaks = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  return [...everything(document)]
    .filter((node) => speaks(node) && !node.matches('script, style, noscript, title, :disabled'))
    .map((node) => {
      const below = ground(node);
      return [contrast(over(parse(getComputedStyle(node).color), below), below), short(node)];
    })
    .filter(([ratio]) => ratio < 4.5).map(([ratio, node]) => `${ratio.toFixed(2)} ${node}`);
}"""
)


def nameless(page: Page) -> list[str]:
    """Controls and regions that a screen reader could not name."""
    found: list[str] = page.evaluate(_NAMELESS)
    return found


def small(page: Page) -> list[str]:
    """Controls under 24 CSS pixels, the smallest that WCAG 2.2 AA allows."""
    found: list[str] = page.evaluate(_SMALL)
    return found


def faint(page: Page) -> list[str]:
    """Texts whose contrast is under 4.5, by the colours in force."""
    found: list[str] = page.evaluate(_FAINT)
    return found
