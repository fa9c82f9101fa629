"""How the transformers backend writes conversations for a model."""

import pytest

from model_backends import GenerationRequest, Message
from model_backends.errors import InvalidRequestError

pytestmark = pytest.mark.transformers

WITH_SYSTEM = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
TALK = (
    Message("system", "Be kind."),
    Message("user", "Hi"),
    Message("assistant", "Hello"),
    Message("user", "Bye"),
)


@pytest.fixture
def writer():
    pytest.importorskip("torch", reason="needs the extra [transformers]")
    from benchmarks.tiny_models import MISTRAL_TEMPLATE, STARCODER_TOKENS, train_tokenizer
    from model_backends.tokenizer_prompts import PromptWriter

    templates = {"mistral": MISTRAL_TEMPLATE, "system": WITH_SYSTEM, "none": None}

    def make(template, name="model", style=None):
        special = (*STARCODER_TOKENS, "<s>", "</s>")
        tokenizer = train_tokenizer(special, template=templates[template], bos="<s>", eos="</s>")
        made = PromptWriter(tokenizer, name, style)

        def read(*messages, **options):
            prompt = made.write(GenerationRequest(messages, **options))
            return tokenizer.decode(prompt.tokens), prompt.stop

        made.read = read
        return made

    return make


def test_system_messages_go_before_the_first_user_message_where_the_template_has_none(writer):
    text, _ = writer("mistral").read(*TALK)

    assert text == "<s>[INST] Be kind.\n\nHi [/INST]Hello</s>[INST] Bye [/INST]"


def test_a_template_with_a_system_role_gets_it(writer):
    text, _ = writer("system").read(*TALK)

    assert text == "<system>Be kind.</><user>Hi</><assistant>Hello</><user>Bye</><assistant>"


def test_an_answer_that_has_begun_is_continued(writer):
    text, _ = writer("mistral").read(Message("user", "Hi"), Message("assistant", "Hel"))

    assert text == "<s>[INST] Hi [/INST]Hel"


def test_without_a_template_a_conversation_is_a_document_that_ends_where_the_answer_begins(writer):
    text, stop = writer("none").read(*TALK, stop=("END",))

    assert text == (
        "### Instruction\nBe kind.\n\nHi\n\n### Response\nHello\n\n"
        "### Instruction\nBye\n\n### Response\n"
    )
    assert stop == ("END", "### Instruction", "<file_sep>")


def test_a_system_message_alone_is_the_instruction(writer):
    assert writer("mistral").read(Message("system", "Go."))[0] == "<s>[INST] Go. [/INST]"


@pytest.mark.parametrize(
    ("template", "name", "style", "found"),
    [
        ("mistral", "x", None, "chat"),
        ("none", "bigcode/starcoder2-7b", None, "completion"),
        ("none", "some/coder-7b-instruct", None, "instruct"),
        ("mistral", "x", "completion", "completion"),
    ],
)
def test_the_style_is_what_tokenizer_and_name_say_unless_it_is_set(
    writer, template, name, style, found
):
    assert writer(template, name, style).style == found


def test_a_template_that_refuses_the_conversation_is_an_error_of_the_request(writer):
    with pytest.raises(InvalidRequestError, match="roles must alternate"):
        writer("mistral").read(Message("user", "a"), Message("user", "b"))
