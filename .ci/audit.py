"""Are the packages of this environment whole, and is any of them known to be vulnerable?

    python .ci/audit.py [--osv-url URL]

Ends with 1 where one is. Where nobody can be asked (no network, no answer), that is said in one loud
line, and it ends with 0: what was not audited is no reason to hold up a change. OSV is asked, not a
package index: a mirror of an index may leave out what is known, and that looks like good news.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

OSV_URL = "https://api.osv.dev/v1/query"
LIMIT_S = 300
ANSWER_S = 10


def main(osv_url: str) -> int:
    """The exit code."""
    whole = _run("pip", "--disable-pip-version-check", "check")
    print(whole.stdout.strip() or whole.stderr.strip())
    if whole.returncode:
        return 1
    try:
        packages = _audit(osv_url)
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as exc:
        print(f"NOT AUDITED: nobody could be asked about known vulnerabilities. {_short(exc)}", flush=True)
        return 0
    found = [(package, vulnerability) for package in packages for vulnerability in package.get("vulns", [])]
    for package, vulnerability in found:
        fixed = ", ".join(vulnerability.get("fix_versions", [])) or "no version yet"
        print(f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {fixed}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        print(f"NOT AUDITED: {', '.join(skipped)}")
    print(f"{len(packages) - len(skipped)} packages audited, {len(found)} known vulnerabilities.")
    return 1 if found else 0


def _audit(osv_url: str) -> list[dict[str, Any]]:
    """Each package with what is known of it; raises ``ValueError`` where there was no answer."""
    asked = _run(
        *("pip_audit", "--local", "--progress-spinner", "off", "--format", "json"),
        *("--vulnerability-service", "osv", "--osv-url", osv_url, "--timeout", str(ANSWER_S)),
    )
    try:
        packages: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except ValueError as exc:
        raise ValueError(asked.stderr.strip().rpartition("\n")[2] or "no answer") from exc
    return packages


def _run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (our own words)
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def _short(exc: Exception) -> str:
    return " ".join(str(exc).split())[:200]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--osv-url", default=OSV_URL)
    sys.exit(main(parser.parse_args().osv_url))
