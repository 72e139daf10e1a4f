"""What `explain` says: the answer in a sentence, the rows of the stack, the page for people, the tree for programs."""
