"""How paint lies: brushwork by part, canvas weave, craquelure."""
