"""What leaves the box: clips, cut to the picture and sealed for the machine that fetches them."""
