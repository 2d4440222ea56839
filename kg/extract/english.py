"""English: who plays which role to a word, read off spaCy's dependency parse.

Labels are those of ClearNLP as spaCy's English models give them (nsubj, dobj, pobj, agent, relcl, xcomp …). Names stand in
``doc.spans["names"]``. The parser of the small model errs often at coordination and appositions, so surface order helps out there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

from kg.extract.grammar import Argument, Trigger, name_over, names_from
from kg.extract.patterns import MAJORITY, MORE_THAN_HALF, slot_words, takes_phrase, words
from kg.extract.phrases_en import NOUN, as_argument, lemma

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from kg.extract.patterns import Pattern, Slot

VERB = frozenset({"VERB", "AUX"})
PASSIVE = frozenset({"nsubjpass", "csubjpass"})
SUBJECT = frozenset({"nsubj", "csubj"})
OBJECT = frozenset({"dobj", "attr", "dative"})
LINKED = frozenset({"conj", "xcomp", "advcl", "ccomp", "parataxis", "dep"})
"""What a verb without a subject is to the word that it may take one from."""
RELATIVE = frozenset({"that", "which", "who"})
RELATIVE_OBJECT = frozenset({"that", "which", "whom"})
MEANS_PREPOSITIONS = frozenset({"by", "through", "with"})
PREPOSITION_HOSTS = frozenset({"dobj", "attr", "acomp", "prt", "xcomp"})
PREPOSITIONAL = frozenset({"prep", "agent", "dative", "mark", "prt", "advmod"})
LIST_SIGNS = frozenset({",", "and", "or"})
INSIDE_NOUN_PHRASE = frozenset({"ADJ", "NOUN", "ADV", "NUM", "DET"})
INTRODUCING = frozenset({"including", "as", "like"})
HOLDING = frozenset({"of", "in"})
MAX_DEPTH = 6
"""Steps up the parse in the search for a subject."""
HEADLINE_START = 8
"""Tokens from the start of a sentence within which its verb is looked at as a headline's."""


class English:
    """The grammar of English over a parsed ``Doc``."""

    def triggers(self, doc: Doc, pattern: Pattern) -> Iterator[Trigger]:
        """Where the pattern's trigger words stand, by lemma."""
        spelled = [trigger.split(" ") for trigger in pattern.trigger]
        places = _places_of_words(doc)
        for token in (doc[at] for at in sorted({at for first, *_ in spelled for at in places.get(first, ())})):
            if pattern.pos and token.pos_ not in pattern.pos:
                continue
            for first, *rest in spelled:
                end = _rest_follows(token, rest) if _is_word(token, first) else None
                if end is not None and _conditions_hold(token, pattern):
                    yield Trigger(token.i, end, token.i)
                    break

    def arguments(self, doc: Doc, trigger: Trigger, slot: Slot, types: tuple[str, ...]) -> list[Argument]:
        """Who plays the slot's role: the first of its roles that somebody plays."""
        allowed = slot_words(slot, "en")
        for role in slot.role:
            if role == "implied":
                return [Argument("firm", trigger.start, trigger.end, trigger.head)]
            heads = _heads_in_role(doc[trigger.head], role, trigger.end)
            found: dict[tuple[int, int], Argument] = {}
            for member in (member for head in heads for member in _coordinated(head)):
                argument = as_argument(member, phrases=takes_phrase(types), wide="Strategy" in types)
                if argument is not None and (argument.kind != "phrase" or not allowed or lemma(member) in allowed):
                    found.setdefault((argument.start, argument.end), argument)
            if found:
                return sorted(found.values(), key=lambda argument: argument.start)
        return []

    def means(self, doc: Doc, trigger: Trigger) -> Argument | None:
        """Who helps ("it helps Acme to …"), or a gerund for a deal behind "by", "through" or "with" that hangs on the verb or above it."""
        verb = doc[trigger.head]
        return _helper(verb) or _gerund_of_means(verb)


# --- triggers ---------------------------------------------------------------------------------------------------------


def _places_of_words(doc: Doc) -> dict[str, list[int]]:
    """Tokens by lemma and by spelling, in lower case; made once for all patterns."""
    if "places" not in doc.user_data:
        places: dict[str, list[int]] = defaultdict(list)
        for token in doc:
            for word in {lemma(token), token.lower_}:
                places[word].append(token.i)
        doc.user_data["places"] = dict(places)
    return cast("dict[str, list[int]]", doc.user_data["places"])


def _is_word(token: Token, word: str) -> bool:
    return lemma(token) == word or token.lower_ == word


def _rest_follows(token: Token, rest: list[str]) -> int | None:
    """End of a multi-word trigger that starts at token: its other words follow, or hang on it as particle ("take the firm over")."""
    doc, at = token.doc, token.i + 1
    for word in rest:
        if at < len(doc) and _is_word(doc[at], word):
            at += 1
        elif not any(child.dep_ == "prt" and child.lower_ == word for child in token.children):
            return None
    return at


def _conditions_hold(token: Token, pattern: Pattern) -> bool:
    for role, listed in pattern.where.items():
        if not any(_is_listed(head, listed) for head in _heads_in_role(token, role)):
            return False
    heads = [(head, listed) for role, listed in pattern.unless.items() for head in _heads_in_role(token, role)]
    return not any(_is_listed(head, listed) for head, listed in heads)


def _is_listed(head: Token, listed: tuple[str, ...]) -> bool:
    """Whether a condition names a word, as it stands or as lemma; "@majority" names a share of more than one half."""
    return lemma(head) in listed or head.lower_ in listed or (MAJORITY in listed and _is_majority(head))


def _is_majority(head: Token) -> bool:
    """Whether a noun is a share of more than one half: "60 percent", "a 60 percent stake", "a controlling interest"."""
    parts = list(head.subtree)
    if any(part.i < head.i and part.lower_ in words("majority", "en") for part in parts):
        return True
    shares = (part for part in parts if part.i <= head.i and part.like_num and _is_percent(part))
    return any(MORE_THAN_HALF.fullmatch(part.text) for part in shares)


def _is_percent(number: Token) -> bool:
    """Whether a sign or word for percent stands behind a number."""
    doc, at = number.doc, number.i + 1
    while at < len(doc) and doc[at].text == "-":
        at += 1
    return at < len(doc) and doc[at].lower_ in ("%", "percent", "pct", "per")


# --- means ------------------------------------------------------------------------------------------------------------


def _helper(verb: Token) -> Argument | None:
    """Who helps somebody do it: "the deal would help Acme grow"."""
    if verb.dep_ not in ("xcomp", "ccomp") or lemma(verb.head) not in words("causative", "en"):
        return None
    helpers = (as_argument(subject, phrases=False) for subject in _subjects(verb.head))
    return next((helper for helper in helpers if helper is not None), None)


def _gerund_of_means(verb: Token) -> Argument | None:
    """A gerund for a deal behind a preposition of a verb, or of what governs it: "by buying Bolt"."""
    for above in (verb, *verb.ancestors):
        for preposition in above.children:
            if preposition.lower_ not in MEANS_PREPOSITIONS:
                continue
            for gerund in _children(preposition, "pcomp"):
                if lemma(gerund) in words("deal_verb", "en") and gerund.i != verb.i:
                    return Argument("deal", gerund.i, gerund.i + 1, gerund.i)
    return None


# --- roles ------------------------------------------------------------------------------------------------------------


def _children(token: Token, *dependencies: str) -> list[Token]:
    return [child for child in token.children if child.dep_ in dependencies]


def _heads_in_role(token: Token, role: str, end: int | None = None) -> list[Token]:
    """The tokens that play a role to a token; a dotted role is walked step by step.

    ``end`` is where the words end that the token leads, when it leads several.
    """
    first, *rest = role.split(".")
    heads = _step(token, first, end)
    for step in rest:
        heads = [found for head in heads for found in _step(head, step, None)]
    return heads


def _step(token: Token, role: str, end: int | None) -> list[Token]:
    match role:
        case "self":
            return [token]
        case "subject":
            return _subjects(token)
        case "object":
            return _objects(token)
        case "possessor":
            return _owners(token)
        case "head":
            return [token.head]
        case "compound":
            before = [child for child in _children(token, "compound", "nmod", "amod") if child.i < token.i]
            return [child for child in before if child.dep_ != "amod" or name_over(child.doc, child.i)]
        case "appos" | "mark":
            return _children(token, role)
        case "clause":
            return _children(token, "xcomp", "ccomp", "acl")
        case "before":
            return _touching(token, token.i - 1, -1)
        case "after":
            return _touching(token, end or token.i + 1, 1)
        case preposition:
            return _prepositional(token, preposition)


def _owners(token: Token) -> list[Token]:
    """Whose something is: the possessors of a noun, and what a clause with "whose" describes."""
    return [_described(owner) if owner.lower_ == "whose" else owner for owner in _children(token, "poss")]


def _described(relative: Token) -> Token:
    """The noun that the clause of a relative word describes, the word itself when there is none."""
    clause = next((above for above in relative.ancestors if above.dep_ == "relcl"), None)
    return clause.head if clause is not None else relative


def _touching(token: Token, at: int, step: int) -> list[Token]:
    """The word at a place in the token's sentence, or further on behind quotation marks, articles and hyphens."""
    doc = token.doc
    while 0 <= at < len(doc) and (doc[at].is_quote or doc[at].text == "-" or doc[at].tag_ in ("POS", "DT")):
        at += step
    if not 0 <= at < len(doc) or doc[at].sent != token.sent or doc[at].is_punct:
        return []
    return [doc[at]]


def _prepositional(token: Token, preposition: str) -> list[Token]:
    """Objects of a preposition of the token, or of its object, where the small parser likes to hang it."""
    near = [child for child in token.children if child.dep_ in PREPOSITION_HOSTS]
    for host in (token, *near, *(further for child in near for further in _children(child, "acomp"))):
        links = [child for child in host.children if child.lower_ == preposition and child.dep_ in PREPOSITIONAL]
        found = [part for link in links for part in _children(link, "pobj", "pcomp")]
        if found:
            return found
    return []


# --- subjects ---------------------------------------------------------------------------------------------------------


def _subjects(token: Token, depth: int = 0) -> list[Token]:
    """Logical subjects of a verb or of a noun that names an act."""
    if depth > MAX_DEPTH:
        return []
    own = [_without_relative(child, token) for child in token.children if child.dep_ in SUBJECT]
    found = own or _agents(token)
    if found or _is_passive(token):
        return found
    if token.pos_ in NOUN:
        owners = _owners(token)
        return owners or (_subjects(token.head, depth + 1) if token.dep_ == "attr" else [])
    return _shared_subjects(token, depth) or _fronted(token)


def _agents(token: Token) -> list[Token]:
    """Who acts in a passive or behind a noun for an act: "bought by Acme", "the purchase by Acme"."""
    by = [child for child in token.children if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by")]
    return [part for child in by for part in _children(child, "pobj")]


def _shared_subjects(token: Token, depth: int) -> list[Token]:
    """The subject that a verb without one takes from what governs it."""
    head = token.head
    if token.dep_ in ("relcl", "acl") and head.pos_ in ("NOUN", "PROPN", "PRON"):
        if token.dep_ == "acl" and lemma(head) in words("plan_noun", "en"):  # "Acme's plan to buy Bolt"
            return _subjects(head, depth + 1) or _subjects_above(head, depth)
        return [head]
    controlled = _children(head, "dobj") if token.dep_ == "xcomp" else []
    if controlled and lemma(head) not in words("subject_control", "en"):
        return controlled
    if token.dep_ == "pcomp":  # "is close to buying", "accused of hiding"
        return _subjects_above(head, depth)
    if token.dep_ == "advcl" and head.pos_ not in VERB:
        return [head]
    return _subjects(head, depth + 1) if token.dep_ in LINKED else []


def _subjects_above(token: Token, depth: int) -> list[Token]:
    """Subject, active or passive, of the nearest verb above, or the owner of a noun on the way."""
    for above in token.ancestors:
        if above.pos_ in VERB:
            return [child for child in above.children if child.dep_ in PASSIVE] or _subjects(above, depth + 1)
        if above.pos_ in NOUN and (owners := _children(above, "poss")):
            return owners
    return []


def _fronted(token: Token) -> list[Token]:
    """A headline's subject that the parser hung on the verb as something else: the name that opens the sentence."""
    first = token.sent.start
    if not 0 < token.i - first <= HEADLINE_START:
        return []
    name = next((name for name in names_from(token.doc, first, first + 1) if name.end <= token.i), None)
    if name is None or any(word.pos_ in ("VERB", "PUNCT") for word in token.doc[name.end : token.i]):
        return []
    return [name.root]


# --- objects ----------------------------------------------------------------------------------------------------------


def _objects(token: Token) -> list[Token]:
    """Logical objects of a verb, or what the of-phrase of a noun names."""
    passive = [_without_relative(child, token) for child in token.children if child.dep_ in PASSIVE]
    found = passive or [child for child in token.children if child.dep_ in OBJECT and child.i > token.i]
    if found:
        return found
    if token.head.pos_ in NOUN and _describes_its_object(token):
        return [token.head]
    if token.dep_ == "conj" and token.head.pos_ == "VERB" and _is_passive(token) and _is_passive(token.head):
        return _objects(token.head)
    if _is_passive(token) and token.dep_ in ("xcomp", "acl", "pcomp"):  # "is in talks to be bought by Acme"
        return _shared_subjects(token, 0)
    if token.pos_ in NOUN:
        return [part for child in token.children if child.lower_ == "of" for part in _children(child, "pobj")]
    return [word for word in token.doc[token.i + 1 : token.i + 2] if _is_misparsed_object(word, token)]


def _describes_its_object(verb: Token) -> bool:
    """Whether a clause describes the noun that is its object: "the firm bought by Acme", "the chips that Acme makes"."""
    if verb.dep_ in ("acl", "relcl") and _is_passive(verb):
        return True
    if verb.dep_ != "relcl":
        return False
    if any(child.lower_ in RELATIVE_OBJECT for child in _children(verb, "dobj", "mark")):
        return True
    return any(child.dep_ in SUBJECT and child.lower_ not in RELATIVE for child in verb.children)


def _is_misparsed_object(word: Token, verb: Token) -> bool:
    """Whether a word behind a verb is its object that the parser hung on something further on."""
    return word.dep_ in ("npadvmod", "nsubj", "compound") and word.head.i > verb.i


def _is_passive(token: Token) -> bool:
    """Whether a verb form is passive: an auxiliary says so, or it is a bare past participle behind its noun."""
    if _children(token, "auxpass", "nsubjpass"):
        return True
    is_participle = token.tag_ == "VBN" and token.dep_ in ("acl", "conj", "advcl")
    return is_participle and not _children(token, "aux", "nsubj", "dobj")


def _without_relative(word: Token, verb: Token) -> Token:
    """The noun that a word stands for if it is the relative pronoun of the verb's clause, else the word."""
    is_relative = verb.dep_ == "relcl" and word.lower_ in RELATIVE and word.tag_ in ("WDT", "WP")
    return verb.head if is_relative else word


# --- lists ------------------------------------------------------------------------------------------------------------


def _coordinated(head: Token) -> list[Token]:
    """A head and what stands beside it in a list; what a container ("a range of …", "hurdles, including …") holds takes its place."""
    members = [head]
    for member in members:
        members += [child for child in _children(member, "conj") if child.pos_ != "VERB" and child not in members]
    opened = [noun for member in members for noun in _opened(member)]
    return opened + [noun for noun in _listed_behind(opened[-1]) if noun not in opened]


def _listed_behind(last: Token) -> list[Token]:
    """The rest of a list that the parse has torn: behind its last member only noun phrases, commas and one "and" before the end."""
    doc, nouns, at = last.doc, [], last.i + 1
    if last.pos_ not in NOUN:
        return []
    while at < len(doc) and doc[at].lower_ in LIST_SIGNS:
        closes = doc[at].lower_ in ("and", "or")
        if not closes and at + 1 < len(doc) and doc[at + 1].lower_ in ("and", "or"):
            at, closes = at + 1, True
        end = at + 1
        while end < len(doc) and (doc[end].pos_ in INSIDE_NOUN_PHRASE or doc[end].tag_ in ("HYPH", "VBN", "VBG")):
            end += 1
        if end == at + 1 or doc[end - 1].pos_ != "NOUN":
            return []
        nouns.append(doc[end - 1])
        if closes:  # "… and plants": what follows must not be the verb of another clause
            return nouns if end == len(doc) or doc[end].pos_ not in VERB else []
        at = end
    return []


def _opened(head: Token) -> list[Token]:
    """What a general noun holds or takes up, the noun itself when it does neither."""
    if head.pos_ not in NOUN:
        return [head]
    is_container = lemma(head) in words("container", "en")
    if is_container and head.dep_ in ("appos", "dep") and (listed := _list_before(head)):
        return listed
    behind = [child for child in _children(head, "prep") if child.i > head.i]
    openers = [child for child in behind if child.lower_ in INTRODUCING]
    if is_container:
        openers += [child for child in behind if child.lower_ in HOLDING]
    inner = [part for opener in openers for part in _children(opener, "pobj", "pcomp")]
    return [opened for part in inner for opened in _coordinated(part)] or [head]


def _list_before(head: Token) -> list[Token]:
    """The list that a general word behind it takes up: "photos, maps and logs, resources that …"."""
    noun = head.head
    while noun.dep_ == "conj":
        noun = noun.head
    starts = [noun]
    if noun.pos_ == "VERB":
        starts = _objects(noun)
    elif noun.dep_ == "dobj" and noun.head.pos_ == "VERB":
        starts = _objects(noun.head)
    return [opened for start in starts for opened in _coordinated(start) if opened.i < head.i]
