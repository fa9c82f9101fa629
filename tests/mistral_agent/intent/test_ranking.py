"""The index of a catalogue is kept, and what it keeps is bounded."""

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.ranking import index_of


def test_an_index_is_made_once_for_a_catalogue(catalogue):
    assert index_of(catalogue) is index_of(catalogue)
    assert index_of(Catalogue(catalogue.tools)) is not index_of(catalogue)


def test_what_was_ranked_long_ago_is_ranked_anew_and_alike(catalogue):
    index = index_of(Catalogue(catalogue.tools))
    first = index.rank("review the module")
    assert index.rank("review the module") is first
    for number in range(200):
        index.rank(f"write a function that adds {number}")
    again = index.rank("review the module")
    assert again is not first
    assert again == first
