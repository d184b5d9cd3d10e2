"""Pages in all their looks: sizes, colours, and what axe finds wrong with them."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}
LOOKS = [(NARROW, "light", {}), (NARROW, "dark", {"runOnly": ["color-contrast"]})]
LOOKS += [(WIDE, "dark", {}), (WIDE, "light", {"runOnly": ["color-contrast"]})]
# axe takes the colour of text from a property that a system's own colours do not change.
LOOKS += [(NARROW, "forced", {"rules": {"color-contrast": {"enabled": False}}})]
"""Each size with all rules once, and once more for its other colours; and in a system's own colours."""


def complaints_of(page: Page) -> list[str]:
    """What is wrong with a page in all its looks."""
    found = []
    # What fades would be looked at half way.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    for size, scheme, rules in LOOKS:
        forced = "active" if scheme == "forced" else "none"
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="dark" if scheme == "forced" else scheme, forced_colors=forced)
        look = f"{size['width']} px, {scheme}"
        for violation in page.evaluate(RUN_AXE, rules):
            nodes = [node["html"][:150] for node in violation["nodes"]]
            found.append(f"{look}: {violation['id']}: {violation['help']}: {nodes}")
        found += [f"{look}: too wide: {element}" for element in page.evaluate(TOO_WIDE)]
    return found


RUN_AXE = """(rules) =>
  axe.run(document, {
    resultTypes: ["violations"],
    ...rules,
    ...(rules.runOnly ? {} : { rules: { ...rules.rules, "target-size": { enabled: true } } }),
  }).then((result) => result.violations)"""
TOO_WIDE = """() => {
  const wide = (element) => element.scrollWidth > element.clientWidth;
  const scrollers = [document.scrollingElement, ...document.querySelectorAll("[data-part=scroll]")];
  const beyond = [...document.body.querySelectorAll("*")].filter((element) => {
    const { left, right, width, height } = element.getBoundingClientRect();
    const shown = width > 1 && height > 1 && !element.matches(".skip-link, .visually-hidden, option");
    return shown && (right > innerWidth + 0.5 || left < -0.5);
  });
  return [...scrollers.filter(wide), ...beyond].map((element) => element.outerHTML.slice(0, 120));
}"""
"""Elements wider than the window, and places that would have to be scrolled sideways."""
