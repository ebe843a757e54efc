"""Albums: many pictures in (`service.group_album`), their faces grouped by person out (`results`)."""
