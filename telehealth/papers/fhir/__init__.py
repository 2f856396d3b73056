"""What a FHIR document of a visit is made of; each module reads one part of the signed record."""
