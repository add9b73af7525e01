"""Every action, ready for Rasa's calls."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions.forms import FormAction, SessionStart, ShowCase, SubmitReport
from actions.talk import TALK
from gateway.conversations.dialogue import FORMS, Dialogue
from gateway.conversations.service import ConversationService


def build_executor(dialogue: Dialogue, conversations: ConversationService) -> ActionExecutor:
    """rasa-sdk's executor with our actions in it."""
    executor = ActionExecutor()
    for action in TALK:
        executor.register_action(action(dialogue))
    for form in FORMS:
        executor.register_action(FormAction(dialogue, form))
    executor.register_action(SubmitReport(dialogue))
    executor.register_action(ShowCase(dialogue))
    executor.register_action(SessionStart(dialogue, conversations))
    return executor
