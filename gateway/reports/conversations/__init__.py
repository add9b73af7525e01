"""What became of conversations: how many, what the bot settled, who waited how long, how content they were.

Stays in the queue are those of `gateway.handoff.stays`, courtesy grades those of `gateway.quality.averages`,
thumbs those of `gateway.answers.votes`: nothing is counted a second way here.
"""
