"""Files of a case: which are taken, how they are looked through, where they are kept, who may read them."""
