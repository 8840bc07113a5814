"""What campaigns are made of: hosts, machines, networks and disks, and the rules told once more."""
