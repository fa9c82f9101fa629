"""Measures and formatting are, number by number, those of the tools' own command lines."""

import csv
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from mcp_server.analysis.formatters import format_python
from mcp_server.analysis.metrics import measure
from mcp_server.analysis.token_metrics import measure_tokens

NAMES = (
    "abc", "bisect", "bz2", "calendar", "cmd", "code", "codeop", "colorsys", "copy", "csv",
    "fnmatch", "getopt", "glob", "graphlib", "gzip", "heapq", "hmac", "linecache", "netrc",
    "numbers", "pprint", "queue", "quopri", "sched", "shlex", "string", "textwrap", "timeit",
    "types", "zipapp",
)  # fmt: skip
"""Thirty modules of the standard library of moderate size."""

SAMPLES = {
    "c": """
#include <stdio.h>
/* adds */
static int add(int a, const char *b, double c[]) {
    if (a > 1 && b) { return 1; } else if (!a || *b) return 2;
    for (int i = 0; i < 10; i++) {
        switch (a) { case 1: a++; break; case 2: a--; break; default: ; }
    }

    return a ? 1 : 2;
}
int main(void) { do { puts("x"); } while (add(1, "", 0)); }
""",
    "javascript": """
// sums
function sum(a, b = 1, ...rest) {
  if (a && b || rest.length) { return a ?? b; }
  try { rest.map(x => x > 1 ? x : 0); } catch (e) { throw e; }
}
class A { constructor(x) { this.x = x; } get y() { for (const k of this.x) { if (k) break; } } }
const f = async (x, y) => { while (x--) { await y; } };
""",
    "java": """
package a;
public class B<T> {
    public int f(int a, String... b) throws Exception {
        for (String s : b) { if (s == null || a > 1) continue; }
        return a > 0 ? 1 : 2;
    }
    B() { try { f(1); } catch (Exception e) { } finally { } }
}
""",
    "go": """
package main

// f counts
func f(a int, b string) (int, error) {
	if a > 1 && b == "" {
		return 1, nil
	}
	for i := range b {
		switch i { case 1: a++; case 2: a-- }
	}
	return a, nil
}
func (t *T) m() { select { case <-t.c: default: } }
""",
}
ENDINGS = {"c": "c", "javascript": "js", "java": "java", "go": "go"}


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Copies of the modules, with the directory that they are in."""
    directory = tmp_path_factory.mktemp("modules")
    library = Path(sysconfig.get_path("stdlib"))
    return [Path(shutil.copy(library / f"{name}.py", directory)) for name in NAMES]


@pytest.fixture(scope="module")
def measured(modules):
    return {str(file): measure(file.read_text(encoding="utf-8")) for file in modules}


def said(tool, *arguments, cwd=None, accepted=(0,)):
    """What a command line prints; `tool` is installed beside this interpreter."""
    command = [str(Path(sys.executable).with_name(tool)), *map(str, arguments)]
    environment = {**os.environ, "BLACK_CACHE_DIR": str(cwd), "NO_COLOR": "1"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, cwd=cwd, env=environment
    )
    assert done.returncode in accepted, done.stderr
    return done.stdout


def test_there_are_thirty_modules(modules):
    assert len(set(modules)) == 30


def test_cyclomatic_complexity_is_that_of_radon_cc(modules, measured):
    counted = json.loads(said("radon", "cc", "-j", "--show-closures", *modules))

    for file, found in measured.items():
        expected = {}
        blocks = list(counted[file])
        while blocks:
            block = blocks.pop()
            blocks += [*block.get("methods", []), *block.get("closures", [])]
            if block["type"] != "class":
                expected[block["lineno"]] = block["complexity"]
        own = {row.line: row.cyclomatic for row in found.functions}
        assert {line: own.get(line) for line in expected} == expected, file
    assert sum(len(found.functions) for found in measured.values()) > 300


def test_the_maintainability_index_is_that_of_radon_mi(modules, measured):
    counted = json.loads(said("radon", "mi", "-j", *modules))

    expected = {file: round(counted[file]["mi"], 2) for file in measured}
    assert {file: found.maintainability_index for file, found in measured.items()} == expected


def test_lines_are_those_of_radon_raw(modules, measured):
    counted = json.loads(said("radon", "raw", "-j", *modules))

    for file, found in measured.items():
        expected = [counted[file][key] for key in ("loc", "sloc", "lloc", "comments", "multi")]
        lines = found.lines
        own = [lines.total, lines.code, lines.logical, lines.comments, lines.docstrings]
        assert [*own, lines.blank] == [*expected, counted[file]["blank"]], file


def test_halstead_s_measures_are_those_of_radon_hal(modules, measured):
    counted = json.loads(said("radon", "hal", "-j", *modules))

    for file, found in measured.items():
        total, own = counted[file]["total"], found.halstead
        assert (own.vocabulary, own.length) == (total["vocabulary"], total["length"]), file
        for key in ("volume", "difficulty", "effort", "time"):
            assert getattr(own, key) == round(total[key], 2), (file, key)
        assert own.bugs == round(total["bugs"], 4), file


def test_cognitive_complexity_is_that_of_complexipy(modules, measured, tmp_path):
    output = tmp_path / "complexity.json"
    said(
        "complexipy",
        *("--isolated", "--quiet", "--output-format", "json", "--output", output),
        *("--cache-dir", tmp_path / "cache", *modules),
        cwd=tmp_path,
        accepted=(0, 1),  # 1: something is over its limit
    )

    expected = Counter()
    for each in json.loads(output.read_text(encoding="utf-8")):
        name = each["function_name"].replace("::", ".").rpartition(".")[2]
        expected[Path(each["path"]).name, name, each["complexity"]] += 1
    own = Counter(
        (Path(file).name, row.name.rpartition(".")[2], row.cognitive)
        for file, found in measured.items()
        for row in found.functions
        if row.cognitive is not None
    )
    assert own == expected
    assert own.total() > 300


def test_formatting_is_what_black_does_to_the_same_files(modules, tmp_path):
    files = [Path(shutil.copy(file, tmp_path)) for file in modules]
    said("black", "-q", "-l", "88", "--workers", "2", *files, cwd=tmp_path)

    for before, after in zip(modules, files, strict=True):
        done = format_python(before.read_text(encoding="utf-8"), "black", 88)
        assert done.code == after.read_text(encoding="utf-8"), before
        assert done.same_meaning
        assert done.stable


@pytest.mark.parametrize("line_length", [40, 100])
def test_formatting_is_what_black_prints_for_standard_input(modules, line_length, tmp_path):
    code = next(file for file in modules if file.stem == "sched").read_text(encoding="utf-8")
    command = [sys.executable, "-m", "black", "-q", "-l", str(line_length), "-"]
    printed = subprocess.run(
        command, input=code, capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout

    assert format_python(code, "black", line_length).code == printed


def by_lizard(*files):
    """The rows of `lizard --csv`, by file."""
    found = {str(file): [] for file in files}
    for row in csv.reader(said("lizard", "--csv", *files).splitlines()):
        nloc, ccn, tokens, parameters, length, _, file, name, _, start, end = row
        numbers = map(int, (nloc, ccn, tokens, parameters, length, start, end))
        found[file].append((name, *numbers))
    return found


@pytest.mark.parametrize("language", SAMPLES)
def test_other_languages_are_measured_as_by_lizard_s_command_line(language, tmp_path):
    file = tmp_path / f"sample.{ENDINGS[language]}"
    file.write_text(SAMPLES[language], encoding="utf-8")

    own = [
        (r.name, r.nloc, r.cyclomatic, r.tokens, r.parameters, r.length, r.line, r.end_line)
        for r in measure_tokens(SAMPLES[language], language).functions
    ]
    assert own == by_lizard(file)[str(file)]
    assert len(own) >= 2
