from . import box, cloudprnt
