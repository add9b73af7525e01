"""What the trained model and the gateway's reading make of citizens' words, and how well."""
