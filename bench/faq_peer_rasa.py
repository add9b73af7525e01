"""Rasa's ResponseSelector as a peer of `bench/faq_peers.py`, which starts this in Rasa's environment.

    PYTHONPATH=bot bot/.venv/bin/python bench/faq_peer_rasa.py CORPUS.json EPOCHS

One retrieval intent; each entry is a response whose examples are its name and its phrasings. Then questions
are answered as `bench/faq_peer.py` says.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from components.char_tokenizer import CharTokenizer
from faq_peer import corpus, serve
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.selectors.response_selector import ResponseSelector
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

_COUNTS = {"analyzer": "word", "min_ngram": 1, "max_ngram": 2, "min_df": 4}
_SELECTOR = {
    "retrieval_intent": "faq",
    "constrain_similarities": True,
    "batch_size": 256,
    "batch_strategy": "sequence",
    "evaluate_every_number_of_epochs": -1,
    "random_seed": 42,
}


def main() -> None:
    """Train, say how it went, answer."""
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    answers, sys.stdout = sys.stdout, sys.stderr
    entries, epochs = corpus(Path(sys.argv[1])), int(sys.argv[2])
    begun, spent = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        select = _trained(entries, epochs, Path(folder))
        note = {
            "epochs": epochs,
            "wall": round(time.perf_counter() - begun),
            "processor": round(time.process_time() - spent),
        }
        ids = [entry["id"] for entry in entries]
        serve({"selector": lambda q: [ids[number] for number in select(q)]}, note, answers)


def _trained(entries: Sequence[dict[str, Any]], epochs: int, folder: Path) -> Callable[[str], list[int]]:
    """Rasa's components one after the other: its graph would spend minutes on fingerprints of the data."""
    storage, context = LocalModelStorage.create(folder), ExecutionContext(GraphSchema({}))

    def made(kind: Any, **options: Any) -> Any:
        config = {**kind.get_default_config(), **options}
        return kind.create(config, storage, Resource(kind.__name__), context)

    tokenizer, features = made(CharTokenizer), made(CountVectorsFeaturizer, **_COUNTS)
    data = TrainingData(
        [
            Message.build(said, intent=f"faq/{number}")
            for number, entry in enumerate(entries)
            for said in dict.fromkeys((entry["title"], *entry["phrasings"]))
        ],
        responses={f"utter_faq/{number}": [{"text": e["title"]}] for number, e in enumerate(entries)},
    )
    tokenizer.process_training_data(data)
    features.train(data)
    features.process_training_data(data)
    _whole_sentences(data.training_examples)
    selector = made(ResponseSelector, **_SELECTOR, epochs=epochs)
    selector.train(data)

    def select(text: str) -> list[int]:
        message = [Message({TEXT: text})]
        features.process(tokenizer.process(message))
        _whole_sentences(message)
        found = selector.process(message)[0].get("response_selector")
        return [int(one["intent_response_key"].split("/")[1]) for one in found["faq"]["ranking"]]

    return select


def _whole_sentences(messages: Sequence[Message]) -> None:
    """Replace what is known of every character by one constant.

    Without transformer layers, and that is its default, the selector looks at the sentence's counts alone;
    yet it would carry every character through its layers, for minutes an epoch on one core.
    """
    for message in messages:
        whole = [one for one in message.features if one.type == FEATURE_TYPE_SENTENCE]
        message.features = [
            feature
            for one in whole
            for feature in (
                Features(csr_matrix([[1.0]]), FEATURE_TYPE_SEQUENCE, one.attribute, one.origin),
                one,
            )
        ]


if __name__ == "__main__":
    main()
