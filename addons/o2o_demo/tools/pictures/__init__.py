"""Drawing kit behind make_pictures.py: canvas, turned ware, boxes, glass."""
