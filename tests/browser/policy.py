"""What a page does against the site's Content-Security-Policy, as the browser itself sees it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.policyBroken(`${event.effectiveDirective}: ${event.blockedURI} at ${event.sourceFile}`);
});
"""


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what breaks the policy on any address it goes to."""
    broken: list[str] = []
    context.expose_function("policyBroken", lambda what: broken.append(what))
    context.add_init_script(LISTEN)
    return context.new_page(), broken
