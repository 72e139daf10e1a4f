"""What devices of Homie say, in whichever version of the convention."""
