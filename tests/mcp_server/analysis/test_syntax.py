"""Whether code of other languages is well-formed, by tree-sitter."""

import pytest

from mcp_server.analysis import syntax
from mcp_server.analysis.syntax import INSTALL, read_syntax

pytest.importorskip("tree_sitter")

RIGHT = {
    "bash": "if [ 1 ]; then echo; fi",
    "c": "int f(int x) { return x; }",
    "cpp": "template<class T> T f(T x) { return x; }",
    "csharp": "class A { int F() => 1; }",
    "css": "a { b: c }",
    "go": "package main\nfunc f() {}",
    "java": "class A { int f() { return 1; } }",
    "javascript": "const f = (x) => x;",
    "php": "function f() { return 1; }",
    "ruby": "def f(x)\n  x\nend",
    "rust": "fn f() -> i32 { 1 }",
    "tsx": "const a = <b>c</b>;",
    "typescript": "const a: number = 1;",
}
WRONG = {
    "bash": "if [ 1 ]; then echo",
    "c": "int f( { return x; }",
    "cpp": "class A {",
    "csharp": "class A { int F( }",
    "css": "a { b: ",
    "go": "package main\nfunc f() {",
    "java": "class A { int f() { return 1 } }",
    "javascript": "let a = ;",
    "php": "function f( { return 1; }",
    "ruby": "def f(x)\n  x",
    "rust": "fn f( -> i32 { 1 }",
    "tsx": "const a = <b>c;",
    "typescript": "const a: = 1;",
}


@pytest.mark.parametrize("language", RIGHT)
def test_well_formed_code_has_no_problem(language):
    assert read_syntax(RIGHT[language], language) == syntax.Syntax(read=True)


@pytest.mark.parametrize("language", WRONG)
def test_a_fault_is_named_with_its_line(language):
    found = read_syntax(WRONG[language], language)

    assert found.read
    assert found.problem.startswith("line ")


def test_every_grammar_that_is_listed_is_tried_here():
    assert set(syntax._grammars()) == {*RIGHT, "jsx"}


@pytest.mark.parametrize("code", ["(" * 20_000, "\ud800", "\0", "", "{" * 5000 + "}" * 4000])
def test_hostile_code_is_answered(code):
    for language in RIGHT:
        assert read_syntax(code, language).read


def test_a_language_without_a_grammar_is_not_read():
    assert read_syntax("STOP RUN.", "cobol") == syntax.Syntax(
        read=False, problem="no grammar for cobol here; it was not read"
    )


def test_a_grammar_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(syntax, "_grammars", lambda: {"go": ("no_such_grammar", "language")})

    found = read_syntax("x", "go")
    assert not found.read
    assert found.problem == f"its grammar is not installed: {INSTALL}"
