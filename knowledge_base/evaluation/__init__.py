"""How well questions are answered: labelled questions, the figures over them, and the report to read."""

from knowledge_base.evaluation.figures import evaluate
from knowledge_base.evaluation.questions import Question, QuestionsUnusable, read_questions

__all__ = ["Question", "QuestionsUnusable", "evaluate", "read_questions"]
