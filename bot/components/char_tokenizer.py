"""A Rasa tokenizer for Chinese as citizens type it: a token per character, Latin words and numbers whole."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from components.characters import split


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharTokenizer(Tokenizer):
    """Token text and offsets are those of the message; the lemma is half width and lower case.

    It holds no state and needs no training: the same text always gives the same tokens.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options every Rasa tokenizer understands; no option changes the splitting of text."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def supported_languages() -> list[str] | None:
        """Return None: any language, as far as splitting goes."""
        return None

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute of `message`."""
        pieces = split(message.get(attribute))
        tokens = [Token(piece.text, piece.start, piece.end, lemma=piece.norm) for piece in pieces]
        return self._apply_token_pattern(tokens)
