"""City news: what citizens subscribe to, and what editors send them."""
