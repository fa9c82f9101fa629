"""Questions as far as their words go: which ask to be told something, and which for knowledge.

Knowledge is what something does or means and how it works, how and why a thing is done, and what
holds everywhere: a comparison, advice, who made something.
"""

import re

from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.literals import literals_of
from mistral_agent.intent.wording import points

_SMALL_TALK = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|night|day)"
    r"|thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|cheers|bye|goodbye|see you|ok|okay|cool"
    r"|great|nice|perfect|awesome|that was|well done|good job|yes|no|sure"
    r"|how are you(?: doing)?(?: today)?|who are you|what are you|what can you do"
    r"|what do you do|help|lol|please|there|here (?:you (?:go|are)|it is)"
    r"|everyone|for (?:that|your help))\W*)+$",
    re.IGNORECASE,
)
_TRYING_OUT = re.compile(
    r"(?:(?:lol|haha|hi|hello|hey|ok|oh)\W+)*(?:(?:i'm|i am)\s+)?(?:just\s+)?"
    r"(?:testing|checking|trying)(?:\s+(?:out\s+)?(?:whether|if)\s+you\b.*|\W*$)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:(?:(?:in|for|with|at|on|to|from|by|under) )?(?:what|which|whose)|why|who|whom|when"
    r"|where|how|is|are|was|were|does|did|should|shall"
    r"|(?:do|have)(?= (?:you|i|we|they|these|those|people)\b)"
    r"|has|am|may|might|would it|could it|can i|could i|can one|explain|describe|tell me"
    r"|understand|(?:walk|talk|step) me through)\b",
    re.IGNORECASE,
)
_ABOUT_DOING = re.compile(
    r"^(?:(?:(?:tell|show) me )?(?:how (?:do|can|could|should|would|to|does)\b"
    r"|what(?:'s| is| are)? (?:a|an|the (?:differences?|best|purpose|point|meaning|use"
    r"|advantages?|benefits?))\b"
    r"|what (?:does|do)\b)"
    r"|(?:why|when|should|explain|describe|tell me (?:about(?! (?:its|the)\b)|why"
    r"|how(?!\s\w+\s(?:the|it|this|that|my|our|its|@).*\b(?:is|are|turned\sout|became)\W*$)))\b"
    r"|(?:can|could|may|should) i\b|is it (?:an? )?(?:good|bad|ok|possible|worth|wise)\b"
    r"|what(?:'s| is| are) \w+\W*$"
    r"|what(?:'s| is| are) (?!(?:the|this|that|these|my|our|your|its|in|on|at|new|current)\b)"
    r"[a-z]+ [a-z]+\W*$)",
    re.IGNORECASE,
)
# What code does, how it works: nothing is to be done with it, even where it is pointed at.
_DOES = r"(?:do|does|doing|means?|returns?|prints?|outputs?|matches|computes?|stands? for|is for)"
_ITS_VERB = (
    r"\b(?! (?:you|i|we|they|he|she|it|this|that|these|those|the|my|our|your|an?|wrong|badly|better"
    r"|differently)\b"
    r"|[^?]{0,40}\bhave\b)"
)
_EXPLAINS = re.compile(
    r"^(?:(?:put|say|translate|rephrase) (?:it|this|that|\S+) in(?:to)? (?:plain|simple|other) \w+"
    r"|what (?:do|does|did|will|would) [^?]{1,200}? (?:do|mean|return|print|output|match|compute"
    r"|stand for)\b(?! (?:wrong|badly|better|differently))"
    r"|what(?:'s| is| are) [^?]{1,200}? (?:doing|for)\W*$"
    r"|(?:what(?:'s| is| happens| does happen)|how) (?:going on|happening|happens|in here)\b"
    r"|(?:(?:explain|describe|show|tell|teach|understand|know|learn|see|say)\b[^?]{0,80}? )?"
    rf"(?:what\b(?: \S+){{1,10}}? {_DOES}{_ITS_VERB}"
    r"|how\b(?: \S+){1,10}? (?:works?|handles?|behaves?)\b)"
    r"|(?:explain|understand|teach me|(?:walk|talk|step) me through)"
    r" (?:this|these|the|that|it|my|your)\b(?: \w+)?"
    r"(?: to me| (?:line by|step by) \w+|,|\W*$))",
    re.IGNORECASE,
)
_OF_NO_CODE = re.compile(
    r"is it true\b"
    r"|do you (?:like|enjoy|love|hate|prefer|believe in)"
    r" (?!(?:this|that|it|the|these|those|my|our)\b)"
    r"|(?:the )?differences? between (?!(?:the|this|that|my|our)\b|\S*[/.@])"
    r"|[\w+#]+ (?:vs\.?|versus) [\w+#]+(?:\W|$)",
    re.IGNORECASE,
)
# What holds everywhere: a choice, advice, who made it. Here, a tool might know.
_IN_GENERAL = re.compile(
    r"\b(?:best|better|worst|worse|most|more|least|safest|fastest|easiest|simplest|hardest|nicest"
    r"|prefer|recommend|suggest|advise|popular|famous|invented|released|introduced|founded"
    r"|worth|in your (?:opinion|experience|view)|would you|should (?:i|one|we|people))\b",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\b(?:my|our|your|here|now|currently|loaded|running|the (?:code|function|class|script|program"
    r"|module|file|repo|tests?))\b",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(
    r"^(?:(?:is|are|does|do|would|will|can|could|should|has|have)(?:n't)?|anything|something|any"
    r"|did (?:i|we)|how(?! (?:do|does|did|can|to|should|would|could|many|much)\b)"
    r"|which (?:part|line|function|bit|section|method)s?"
    r"|see|notice|spot|find|accept|approve|ship|merge|deploy|release"
    r"|(?:what|where)(?:'s| is| are| could| can| might| will))\b",
    re.IGNORECASE,
)
_JUDGEMENT = re.compile(
    r"\b(?:too [a-z]+|(?:any|some|many) (?:errors?|mistakes?|flaws?|faults?|defects?)"
    r"|hard(?:er|est)? to (?:maintain|read|follow|understand|test|change)"
    r"|well[ -](?:written|done|structured|designed|made|documented|built)"
    r"|(?:ship|merge|deploy|release)(?= (?:it|this|that)\b)"
    r"|(?:good|better|bad|worse|ok|okay|fine|right|wrong|correct|clean|ready"
    r"|idiomatic|pythonic|elegant|robust|reliable|safe|secure|efficient|fast|faster|slow"
    r"|readable|acceptable|sound|solid|sensible|reasonable|decent|sloppy|ugly|messy|odd|weird"
    r"|strange|fishy|suspicious|crash|leak|hang|fail|overflow|deadlock|unused|dead code"
    r"|unreachable|missing|dangerous|risky|harmful|broken|overlook(?:ed)?|forget"
    r"|forgotten|miss|accept|approve|abused?"
    r"|exploit(?:ed)?|attack(?:ed)?|hack(?:ed)?|bypass(?:ed)?|misused?"
    r"|survive|hold up|stand up|make sense|go wrong)"
    r"(?! (?:to|practice|idea|way|name|time)\b))\b",
    re.IGNORECASE,
)
_OWN_CODE = re.compile(
    r"\b(?:my|our|this|that|these|the) (?:\w+ )?(?:code|function|method|class|script|program|module"
    r"|snippet|implementation|tests?|query)\b",
    re.IGNORECASE,
)
_IN_OWN_CODE = re.compile(
    r"\b(?:in|of|from|through|inside) (?:my|our) (?:\w+ )?(?:code|project|repo|repository|codebase"
    r"|function|class|script|program|module|package)\b",
    re.IGNORECASE,
)
_WHY_OR_HOW = re.compile(
    r"(?:why|when|how (?:do|does|did|would|should|can|could)|should (?:i|one|we|people)"
    r"|what(?:'s| is| are) the (?:differences?|best|purpose|point|advantages?|benefits?))\b",
    re.IGNORECASE,
)
_POINTS_OUT = re.compile(r"\b(?:this|these|those|my|our|your|above|below|following)\b", re.I)
_JOINS = re.compile(r",|\sand\b")
_ASKS_ANOTHER = re.compile(
    r"\b(?:please|(?:can|could|would|will) you)\b"
    r"|(?:,|\band\b) ?(?:then )?(?:what|which|how|why|is|are|does|do)\b",
    re.IGNORECASE,
)


def is_small_talk(prose: str) -> bool:
    """Whether a text greets, thanks or the like, and asks for nothing."""
    return bool(_SMALL_TALK.match(prose.strip()) or _TRYING_OUT.match(prose.strip()))


def is_question(spoken: str) -> bool:
    """Whether a text without its lead-in asks, or wishes for an explanation."""
    return bool(_QUESTION.match(spoken))


def is_about_doing(spoken: str) -> bool:
    """Whether a text without its lead-in asks for knowledge: "how do I …", "what is a …"."""
    return bool(_ABOUT_DOING.match(spoken))


def explains(spoken: str) -> bool:
    """Whether a text without its lead-in asks what something does, means, or how it works."""
    return bool(_EXPLAINS.match(spoken) or _OF_NO_CODE.match(spoken))


def is_in_general(spoken: str) -> bool:
    """Whether a question compares, or asks for advice, without a word of what is here."""
    if not _IN_GENERAL.search(spoken) or points(spoken) or _HERE.search(spoken):
        return False
    said = literals_of(spoken)
    return not (said.paths or said.urls)


def judges(spoken: str) -> bool:
    """Whether a text without its lead-in asks how good something is: "is this clean enough?"."""
    return bool(_ASKS_WHETHER.match(spoken) and _JUDGEMENT.search(spoken))


def names_code(spoken: str) -> bool:
    """Whether a text names code that is there: "my function"."""
    return bool(_OWN_CODE.search(spoken))


def is_in_own_code(text: str) -> bool:
    """Whether a text names code of the user's as where something is: "in my project"."""
    return bool(_IN_OWN_CODE.search(text))


def is_one_question(text: str) -> bool:
    """Whether a sentence is one question of knowledge, however many things it lists."""
    spoken = LEADING.sub("", text.strip())
    if _OF_NO_CODE.match(spoken):
        return True
    start = _JOINS.split(spoken, 1)[0]
    rest = spoken[len(start) :]
    # After what is listed first "it" is mostly that.
    if not spoken.endswith("?") or points(start) or names_code(start) or _POINTS_OUT.search(rest):
        return False
    known = _WHY_OR_HOW.match(spoken) or (is_question(spoken) and is_in_general(spoken))
    return bool(known) and not _ASKS_ANOTHER.search(rest)
