"""Quality sheets: conversations drawn at random, assessed by a supervisor, answered by the operator."""
