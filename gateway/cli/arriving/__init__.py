"""`reverbere init`: a small working site after six questions, each of which an option may answer."""
