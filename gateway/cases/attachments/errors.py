"""What is refused of a file, and how it is said."""

from __future__ import annotations

from gateway.errors import Conflict, InvalidInput, NotFound, TooLarge, Unavailable


class AttachmentNotFound(NotFound):
    """No such file, or it is not for this reader: nobody can tell which."""

    code = "attachment_not_found"
    zh = "查無此附件，請確認後再試。"
    en = "No such attachment was found. Please check and try again."


class AttachmentTooLarge(TooLarge):
    """One file is over the limit."""

    code = "attachment_too_large"
    zh = "單一附件不可超過 10 MB，請縮小檔案後再上傳。"
    en = "One attachment may have at most 10 MB. Please make the file smaller and try again."


class AttachmentsTooLarge(TooLarge):
    """All files of the case together are over the limit, or too many."""

    code = "attachments_together_too_large"
    zh = "附件合計不可超過 20 MB，且最多 20 個檔案。"
    en = "All attachments together may have at most 20 MB, in at most 20 files."


class AttachmentType(InvalidInput):
    """Not one of the city's types, or the content is not what the name says."""

    code = "attachment_type"
    zh = (
        "不接受這種檔案，或檔案內容與副檔名不符。可上傳：doc、docx、xls、xlsx、pdf、txt、bmp、jpg、jpeg、gif、"
        "png、odt、ods、zip、avi、mp4、wav、wma、wmv；文件請勿包含巨集，壓縮檔請勿包含程式。"
    )
    en = (
        "This kind of file is not accepted, or its content is not what its name says. Accepted: doc, docx, "
        "xls, xlsx, pdf, txt, bmp, jpg, jpeg, gif, png, odt, ods, zip, avi, mp4, wav, wma, wmv; no macros in "
        "documents, no programs in archives."
    )


class AttachmentBroken(InvalidInput):
    """The file cannot be read to its end."""

    code = "attachment_broken"
    zh = "檔案已損壞或設有密碼而無法檢查，請確認後重新上傳。"
    en = "The file is damaged, or a password keeps it from being checked. Please check it and try again."


class AttachmentBomb(InvalidInput):
    """Unpacked, the file would be far larger than it looks."""

    code = "attachment_bomb"
    zh = "檔案解開後過大，無法接受。請縮小圖片尺寸或減少壓縮檔內容後再上傳。"
    en = "Unpacked, the file is too large. Please use a smaller picture or put less into the archive."


class AttachmentInfected(InvalidInput):
    """The virus scanner knows what is in it."""

    code = "attachment_infected"
    zh = "檔案疑似含有病毒，無法接受。"
    en = "The file seems to hold a virus and is not accepted."


class ScannerUnavailable(Unavailable):
    """A virus scanner is configured and does not answer: nothing is taken unscanned."""

    code = "scanner_unavailable"
    zh = "目前無法檢查檔案，請稍後再上傳。"
    en = "Files cannot be checked right now. Please try again later."


class DraftGone(Conflict):
    """The draft does not exist any more: it became a case, or was too old."""

    code = "draft_gone"
    zh = "先前上傳的檔案已送出或已逾時刪除，請重新上傳。"
    en = "The files uploaded before have been sent or have expired. Please upload them again."
