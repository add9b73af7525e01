"""Units that lag behind what was due: they are asked for the reason and how they recover."""
