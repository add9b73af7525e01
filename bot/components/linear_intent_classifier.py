"""An intent classifier: tf-idf over counted n-grams beside yes/no signs, under logistic regression.

Rasa's own LogisticRegressionClassifier learns from raw counts with fixed regularisation and balanced
classes, and comes back untrained and silent when its file cannot be read. This one weights rare
n-grams, lets both settings be chosen, and refuses to load without its weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.linear_model import LogisticRegression

_FILE = "weights.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Multinomial logistic regression; what it learns is four arrays, stored without pickle."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must stand before it in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options.

        `grams` and `signs` name two featurizers by alias; `sign_weight` is the value of a sign that is
        there (an n-gram vector has length 1); `C` is the inverse of the regularisation; `balance` runs
        from 0 (classes as frequent as in the data) to 1 (all equally frequent); `cost` says how many times
        worse than usual it is to miss an intent.
        """
        return {
            "grams": "grams",
            "signs": "signs",
            "sign_weight": 0.2,
            "C": 10.0,
            "balance": 0.5,
            "cost": {},
            "max_iter": 400,
            "ranking_length": 5,
        }

    def __init__(
        self, name: str, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Hold the options; `train` or `load` gives the weights."""
        self._name = name
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._weights: dict[str, Any] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Return an untrained classifier."""
        return cls(execution_context.node_name, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_inputs: Any,
    ) -> LinearIntentClassifier:
        """Return a trained classifier. Raises ValueError where the model holds no weights."""
        classifier = cls(execution_context.node_name, config, model_storage, resource)
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as stored:
            classifier._weights = dict(stored)
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example with an intent. Raises ValueError where there is none."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        if not examples:
            raise ValueError(f"{self._name}: no example with an intent to learn from")
        intents = np.array([example.get(INTENT) for example in examples])
        counts, signs = self._features(examples)
        frequency = np.asarray((counts > 0).sum(axis=0)).ravel()
        idf = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
        model = LogisticRegression(
            C=self._config["C"], class_weight=self._class_weight(intents), max_iter=self._config["max_iter"]
        )
        model.fit(_join(counts, signs, idf, self._config["sign_weight"]), intents)
        self._weights = {
            "idf": idf,
            "coefficients": model.coef_.astype(np.float32),
            "intercept": model.intercept_,
            "intents": model.classes_.astype(str),
        }
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _FILE, **self._weights)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message its intent and the ranking of the likeliest."""
        for message in messages:
            ranking = self._rank(message)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        weights = self._weights
        scores = weights["intercept"]
        if message.get(TEXT):
            features = _join(*self._features([message]), weights["idf"], self._config["sign_weight"])
            scores = scores + np.asarray(features @ weights["coefficients"].T).ravel()
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        best = np.argsort(-chances)[: self._config["ranking_length"]]
        return [{"name": str(weights["intents"][i]), "confidence": float(chances[i])} for i in best]

    def _features(self, messages: list[Message]) -> tuple[csr_matrix, csr_matrix]:
        return self._stack(messages, self._config["grams"]), self._stack(messages, self._config["signs"])

    def _stack(self, messages: list[Message], featurizer: str) -> csr_matrix:
        rows = []
        for message in messages:
            _, sentence = message.get_sparse_features(TEXT, [featurizer])
            if sentence is None:
                raise ValueError(
                    f"{self._name}: no features named {featurizer!r}; see the aliases in config.yml"
                )
            rows.append(csr_matrix(sentence.features, dtype=np.float64))
        return csr_matrix(vstack(rows))

    def _class_weight(self, intents: np.ndarray) -> dict[str, float]:
        names, sizes = np.unique(intents, return_counts=True)
        weights = (sizes.max() / sizes) ** self._config["balance"]
        cost = self._config["cost"]
        return {name: weight * cost.get(name, 1) for name, weight in zip(names, weights, strict=True)}


def _join(counts: csr_matrix, signs: csr_matrix, idf: np.ndarray, sign_weight: float) -> csr_matrix:
    """Return n-grams as tf-idf rows of length 1 (logarithmic counts), then the signs."""
    grams = counts.copy()
    grams.data = 1 + np.log(grams.data)
    grams = grams @ diags(idf)
    lengths = np.sqrt(np.asarray(grams.multiply(grams).sum(axis=1)).ravel())
    grams = diags(1 / np.where(lengths > 0, lengths, 1)) @ grams
    return csr_matrix(hstack([grams, signs * sign_weight]))
