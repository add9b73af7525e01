"""Delivery status notifications as Postfix and Exchange write them, about a letter of ours."""

from __future__ import annotations

TO, SENDER = "ming.wang@example.org", "1999@city.example"


def postfix(message_id: str, status: str = "5.1.1", action: str = "failed", to: str = TO) -> bytes:
    """As Postfix's bounce daemon writes it, with the headers of the letter alone."""
    return f"""\
Return-Path: <>
Received: by mail.city.example (Postfix)
\tid 4XyZ1k2m3nz9s7; Tue, 24 Nov 2026 10:00:05 +0800 (CST)
Date: Tue, 24 Nov 2026 10:00:05 +0800 (CST)
From: MAILER-DAEMON@mail.city.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {SENDER}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4XyZ1j0Q1Zz9s6.1795485605/mail.city.example"
Content-Transfer-Encoding: 8bit
Message-Id: <4XyZ1k2m3nz9s7@mail.city.example>

This is a MIME-encapsulated message.

--4XyZ1j0Q1Zz9s6.1795485605/mail.city.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.city.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{to}>: host mx.example.org[192.0.2.25] said: 550 {status}
    <{to}>: Recipient address rejected: User unknown in local recipient
    table (in reply to RCPT TO command)

--4XyZ1j0Q1Zz9s6.1795485605/mail.city.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.city.example
X-Postfix-Queue-ID: 4XyZ1j0Q1Zz9s6
X-Postfix-Sender: rfc822; {SENDER}
Arrival-Date: Tue, 24 Nov 2026 10:00:02 +0800 (CST)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 {status} <{to}>: Recipient address rejected: User
    unknown in local recipient table

--4XyZ1j0Q1Zz9s6.1795485605/mail.city.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

Return-Path: <{SENDER}>
Received: from gateway (localhost [127.0.0.1])
\tby mail.city.example (Postfix) with ESMTPS id 4XyZ1j0Q1Zz9s6
\tfor <{to}>; Tue, 24 Nov 2026 10:00:02 +0800 (CST)
From: =?utf-8?b?6auY6ZuE?= 1999 <{SENDER}>
To: {to}
Subject: =?utf-8?b?5qGI5Lu25bey57WQ5qGI?=
Message-ID: {message_id}
Auto-Submitted: auto-generated

--4XyZ1j0Q1Zz9s6.1795485605/mail.city.example--
""".replace("\n", "\r\n").encode()


def exchange(message_id: str, status: str = "5.1.10", to: str = TO) -> bytes:
    """As Exchange Online writes it: HTML for people, another final recipient's spelling, the whole letter."""
    return f"""\
Received: from TYZPR01MB0001.apcprd01.prod.exchangelabs.com (2603:1096:400:1::1)
MIME-Version: 1.0
From: <postmaster@example.onmicrosoft.com>
To: <{SENDER}>
Date: Tue, 24 Nov 2026 02:00:07 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="14a1e6c3-7d0a-4c53-8f6e-0d9b2f0a1c11"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <5f0c6b1e-2c1a-4a57-9d43-b6e6f9f1d2aa@TYZPR01MB0001.apcprd01.prod.exchangelabs.com>
In-Reply-To: {message_id}
References: {message_id}
Subject: Undeliverable: =?utf-8?B?5qGI5Lu25bey57WQ5qGI?=
Auto-Submitted: auto-replied

--14a1e6c3-7d0a-4c53-8f6e-0d9b2f0a1c11
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="e5b0e7d2-9d3b-4a2a-b9a4-3c6b4d1f7e22"

--e5b0e7d2-9d3b-4a2a-b9a4-3c6b4d1f7e22
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to {to} couldn't be delivered.

--e5b0e7d2-9d3b-4a2a-b9a4-3c6b4d1f7e22
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Your message to {to} couldn't be delivered.</p></body></html>

--e5b0e7d2-9d3b-4a2a-b9a4-3c6b4d1f7e22--

--14a1e6c3-7d0a-4c53-8f6e-0d9b2f0a1c11
Content-Type: message/delivery-status

Reporting-MTA: dns;TYZPR01MB0001.apcprd01.prod.exchangelabs.com
Received-From-MTA: dns;mail.city.example
Arrival-Date: Tue, 24 Nov 2026 02:00:05 +0000

Final-Recipient: rfc822;{to.title()}
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipientNotFound;
 Recipient {to} not found by SMTP address lookup

--14a1e6c3-7d0a-4c53-8f6e-0d9b2f0a1c11
Content-Type: message/rfc822

Received: from mail.city.example (203.0.113.7) by
 TYZPR01MB0001.apcprd01.prod.exchangelabs.com (2603:1096:400:1::1)
From: =?utf-8?b?6auY6ZuE?= 1999 <{SENDER}>
To: {to}
Subject: =?utf-8?b?5qGI5Lu25bey57WQ5qGI?=
Date: Tue, 24 Nov 2026 02:00:02 +0000
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

5oKo55qE5qGI5Lu25bey57WQ5qGI44CC

--14a1e6c3-7d0a-4c53-8f6e-0d9b2f0a1c11--
""".replace("\n", "\r\n").encode()
