"""General English that a request for a tool is made of; it knows no tool by name.

A group lists words that people use for one another where they ask for something: "write" for
"generate", "folder" for "directory". Actions are base forms, because a request is an imperative.
"""


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which are set apart by blanks."""
    return frozenset(text.split())


ACTIONS: tuple[str, ...] = (
    "generate write create implement build make develop code program draft produce construct"
    " craft author sketch outline prepare provide deliver invent devise need want give compose"
    " design add",
    "review critique audit inspect check examine assess evaluate judge rate grade vet lint"
    " scrutinize roast analyze analyse criticize proofread",
    "analyze analyse analysis measure calculate compute evaluate assess examine inspect quantify"
    " check determine estimate count",
    "format reformat lay prettify tidy beautify reindent restyle indent clean wrap",
    "refactor revise improve fix repair optimize optimise simplify restructure debug"
    " correct clean speed",
    "formalize formalise formulate specify revise elaborate refine define clarify structure",
    "test verify cover",
    "read show display open view print cat load get fetch retrieve tell see take know report",
    "list enumerate show display",
    "list enumerate ls",
    "delete remove erase unlink",
    "move rename relocate mv",
    "copy duplicate clone",
    "convert translate transform change turn port rewrite bring migrate transpile",
    "search find locate grep look seek hunt",
    "save store persist write put",
    "run execute launch start trigger invoke perform",
    "send post submit publish",
    "update edit modify change alter adapt amend patch replace",
    "commit record",
    "compare diff",
    "echo repeat say",
    "sum add total plus",
    "summarize summarise condense",
    "switch checkout",
    "toggle enable disable",
    "compress zip gzip archive",
    "unstage reset undo revert",
    "stage add",
    "explain describe discuss teach",
    "research investigate explore study",
)

THINGS: tuple[str, ...] = (
    "code function class method script program module snippet implementation algorithm endpoint"
    " api decorator source parser app application library package component service"
    " routine solution calculator cli server client crawler scraper query handler"
    " dataclass coroutine regex tool utility helper bot game website plugin"
    " manager version func liner runner dockerfile makefile",
    "test testcase pytest unittest coverage suite",
    "review feedback critique opinion thought good fast faster slow performance"
    " bug flaw wrong mistake quality smell"
    " vulnerability weakness nitpick nit risk hole injection"
    " readable readability problem suspicious fishy safe secure practice",
    "issue problem bug finding error defect",
    "complexity metric maintainability cyclomatic cognitive complicated complex nesting",
    "requirement specification spec story",
    "task idea request wish",
    "file document",
    "directory folder",
    "info information detail metadata size large big byte",
    "time clock hour late midnight noon",
    "date day today",
    "repository repo",
    "history log commit",
    "path location",
    "column character char width wide length",
    "difference diff change",
    "environment env",
    "sum total plus addition",
    "image picture logo media photo audio",
    "percent percentage",
    "format layout indentation spacing whitespace pep pretty tidy neat nicer prettier cleaner",
    "status state",
    "model llm",
)

STOP_WORDS = word_set(
    "a an the this that these those it its them they he she we i you me my your our his "
    "her their is are was were be been am do does did done has have had will would can "
    "could shall should may might must and or but if then than so as at by for from in "
    "into of off on onto over to up out with without about after before behind again also just "
    "only very too please kindly now some any all each every no not nor own same such "
    "there here what which who whom whose when where why how s t m re ve ll d using use "
    "uses used via per one ones given let us itself themselves"
)

# What a model writes in words: none of it is code, whatever the verb.
PROSE_WORKS = word_set(
    "poem haiku essay story letter email mail song lyrics joke tweet article post speech "
    "novel limerick recipe resume overview explanation introduction tutorial advice tips"
)

# After one of these the words tell more about the thing asked for, rather than naming it.
TAIL_OPENERS = word_set(
    "that which who whose to for of in on with without from using by into at as where "
    "when so about under over behind against if because via around through called named"
    " including such"
)

# "Do an analysis", "give it a review": the noun says what is to be done.
NOUNS_OF_ACTIONS: dict[str, str] = {
    "analysis": "analyze",
    "audit": "audit",
    "check": "check",
    "checkup": "check",
    "comparison": "compare",
    "conversion": "convert",
    "correction": "correct",
    "critique": "critique",
    "evaluation": "evaluate",
    "feedback": "review",
    "formatting": "format",
    "improvement": "improve",
    "improvements": "improve",
    "inspection": "inspect",
    "listing": "list",
    "measurement": "measure",
    "opinion": "review",
    "optimization": "optimize",
    "rating": "rate",
    "criticism": "criticize",
    "judgement": "judge",
    "judgment": "judge",
    "assessment": "assess",
    "refactoring": "refactor",
    "reformatting": "reformat",
    "research": "research",
    "review": "review",
    "search": "search",
    "summary": "summarize",
    "translation": "translate",
}

# What is asked for as an adjective: code that is safe is secure.
QUALITIES: dict[str, frozenset[str]] = {
    "security": word_set(
        "safe unsafe vulnerable vulnerability exploit attacker hack injection dangerous"
    ),
    "performance": word_set("fast faster slow slower speed perf"),
}

POINTERS = word_set(
    "it this that these those them its result output above previous below following"
)

LANGUAGES: dict[str, str] = {
    **{
        name: name
        for name in word_set(
            "python javascript typescript java kotlin rust ruby php swift scala haskell perl lua "
            "julia bash sql html css dart elixir erlang clojure zig fortran matlab "
            "powershell gdscript groovy solidity ocaml cobol prolog vhdl verilog tcl awk"
        )
    },
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "node": "javascript",
    "ts": "typescript",
    "golang": "go",
    "c++": "cpp",
    "cpp": "cpp",
    "c#": "csharp",
    "csharp": "csharp",
    "f#": "fsharp",
    "rb": "ruby",
    "rs": "rust",
    "sh": "bash",
    "shell": "bash",
}
FRAMEWORKS = word_set(
    "pytest unittest doctest nose nose2 hypothesis jest mocha vitest jasmine junit testng "
    "rspec minitest phpunit xunit nunit gtest catch2 playwright cypress"
)
FORMATTERS = word_set("black yapf autopep8 ruff isort prettier gofmt rustfmt clang-format blue")
