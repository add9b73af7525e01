"""What happens next with a case, in plain words for the citizen. Pure; one table."""

from __future__ import annotations

from gateway.cases.rules import Status

NEXT_STEP: dict[Status, tuple[str, str]] = {
    Status.REGISTERED: (
        "我們會確認權責，分派給承辦單位；您不必再做什麼。",
        "We are finding the responsible office. There is nothing you need to do.",
    ),
    Status.ASSIGNED: (
        "承辦單位會在期限內開始處理，進度會更新在這裡。",
        "The office will start work within the time limit. Progress is shown here.",
    ),
    Status.IN_PROGRESS: (
        "承辦單位正在處理，完成後會在這裡說明處理結果。",
        "The office is working on it and will report the result here.",
    ),
    Status.WITH_EXTERNAL: (
        "這件事由市府以外的單位處理，市府會持續追蹤到有結果為止。",
        "An organisation outside the city is handling it. The city follows it up until there is a result.",
    ),
    Status.AWAITING_CITIZEN: (
        "請回覆下面的問題，收到後就會繼續處理。",
        "Please answer the question below. Work goes on as soon as we have your answer.",
    ),
    Status.HANDLED: (
        "承辦單位已回報完成，接著由督導人員確認後結案。",
        "The office reports that it is done. A supervisor will check it and close the case.",
    ),
    Status.RELEASED: (
        "案件已處理完畢。如果問題沒有解決，可以在期限內說明原因，申請重啟一次。",
        "The case is finished. If the problem is not solved, you may have it reopened once, giving a reason.",
    ),
    Status.NOT_PROCESSED: (
        "案件不再處理，原因請看下方說明。如有新的事證，歡迎重新提出。",
        "The case will not be handled; the reason is given below. With new facts you may file again.",
    ),
    Status.WITHDRAWN: (
        "案件已依您的意思停止處理。之後需要協助，歡迎重新通報。",
        "Work has stopped as you wished. If you need help later, please report it again.",
    ),
    Status.MERGED: (
        "同一件事已有另一件案件在處理，有進度時會一併通知您。",
        "Another case on the same matter is being handled. You will be told how it goes on.",
    ),
    Status.CONVERTED: (
        "這件事改用另一件案件繼續處理，請改以新的案件編號查詢。",
        "The matter continues as another case. Please use its number from now on.",
    ),
}
"""What a citizen reads for each status: (zh-TW, en)."""
