"""Modules as one script: what each keeps to itself, in which order, and what cannot be joined."""

from __future__ import annotations

import subprocess
import sys

import pytest

from captions import bundles

SOURCES = {
    "js/a.js": 'import { one, two as both } from "./b/b.js";\nimport * as c from "./c.js";\n'
    "const own = 1;\nexport const sum = own + one + both() + c.three;\n",
    "js/b/b.js": 'import { three } from "../c.js";\nconst own = 10;\n'
    "export const one = own;\nexport async function later() {}\nexport function two() {\n return three;\n}\n",
    "js/c.js": "export const three = 100;\nexport class C {}\n",
}


def test_a_module_comes_once_and_after_what_it_needs():
    assert bundles.modules_of("js/a.js", SOURCES.get) == ["js/c.js", "js/b/b.js", "js/a.js"]


def test_what_is_joined_is_what_the_modules_were(node):
    code = bundles.joined(bundles.modules_of("js/a.js", SOURCES.get), SOURCES.get)
    assert node(f"{code}\nconsole.log(js_a_js.sum, Object.keys(js_b_b_js).join());") == "211 one,later,two"


def test_minified_it_does_the_same_in_fewer_bytes(node):
    code = bundles.joined(bundles.modules_of("js/a.js", SOURCES.get), SOURCES.get)
    script = f"(() => {{ /* said */ {code} console.log(js_a_js.sum); }})();"
    small = bundles.minified("application/javascript", script)
    assert len(small) < len(script)
    assert "said" not in small
    assert node(small) == "211"


DECLARED_IN_ORDER = """(() => {
function twice(of) { return [2 * of.count, of]; }
const seconds = Math.max(1, 7);
const [minutes, rest] = [seconds / 7, seconds % 7];
const [both, { count }] = twice({ count: minutes });
const { more } = { more: [both, count] };
console.log(seconds, rest, more.join());
})();"""


def test_minified_it_has_its_declarations_in_their_order(node):
    """The minifier may put one before another whose value it needs: it has done so."""
    small = bundles.minified("application/javascript", DECLARED_IN_ORDER)
    assert len(small) < len(DECLARED_IN_ORDER)
    assert node(DECLARED_IN_ORDER) == node(small) == "7 0 2,1"


@pytest.mark.parametrize(
    "line", ["export default 1;", 'export { x } from "./y.js";', "export let n = 1;", 'import "./y.js";']
)
def test_what_cannot_be_joined_is_refused_by_name(line):
    with pytest.raises(ValueError, match=r"js/odd\.js cannot be joined"):
        bundles.joined(["js/odd.js"], lambda name: f"{line}\n")


def test_where_it_cannot_be_minified_it_is_sent_as_it_is(monkeypatch):
    monkeypatch.setattr(bundles, "_PROGRAM", "import a_module_that_there_is_not")
    assert bundles.minified("text/css", "a { color: red }") == "a { color: red }"
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert bundles.minified("text/css", "a { color: red }") == "a { color: red }"


@pytest.fixture(scope="module")
def node():
    """Runs a script; what it prints."""
    import pathlib

    import playwright

    program = pathlib.Path(playwright.__file__).parent / "driver" / "node"

    def run(code):
        done = subprocess.run([program, "-e", code], capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.strip()

    return run
