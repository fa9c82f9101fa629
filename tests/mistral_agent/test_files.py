"""Files that a request mentions or is given."""

from pathlib import Path

import pytest

from mistral_agent.errors import RequestFileError
from mistral_agent.files import MAX_FILE_BYTES, mentioned_paths, read_files


def test_a_mention_with_a_folder_or_a_usual_ending_is_a_path() -> None:
    assert mentioned_paths("review @app.py and @src/core, then @app.py") == ("app.py", "src/core")


def test_decorators_people_and_mail_addresses_are_not_paths() -> None:
    assert mentioned_paths("use @property, @app.get, ask @anna, write to me@example.py") == ()


def test_mentions_inside_code_are_not_paths() -> None:
    assert mentioned_paths("```python\n@a.py\n```\nand `@b.py` but @c.py") == ("c.py",)


def test_a_sentence_end_does_not_belong_to_the_path() -> None:
    assert mentioned_paths("look at @./lib/x.py.") == ("./lib/x.py",)


def test_a_name_without_ending_is_a_path_where_the_file_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Makefile").write_text("all:\n")
    assert mentioned_paths("explain @Makefile to @mary") == ("Makefile",)


def test_files_are_read_by_the_names_the_user_gave(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert read_files([str(file)]) == {str(file): "x = 1\n"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"a\0b", "a binary file"),
        (b"x" * (MAX_FILE_BYTES + 1), "the limit is"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "f.py"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RequestFileError, match=reason) as caught:
        read_files([str(file)])
    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    for path in (str(tmp_path), "/dev/zero"):
        with pytest.raises(RequestFileError, match="not a regular file"):
            read_files([path])


def test_the_home_of_nobody_is_no_home() -> None:
    with pytest.raises(RequestFileError, match="No such file"):
        read_files(["~nobody-here/f.py"])
    assert mentioned_paths("ask @~nobody") == ()
