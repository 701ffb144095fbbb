"""A USB bus with devices on it, below pyusb: the library itself is the real one."""

import array
import collections
import threading
from types import SimpleNamespace

import usb.backend
import usb.core

from o2o_box.decoder import Decoder

_BULK, _INTERRUPT = 2, 3


def _descriptor(**values):
    return SimpleNamespace(extra_descriptors=[], **values)


class UsbDevice:
    """A device with one interface.

    :param ends: list of (address, kind of transfer); bit 7 of an address means "in"
    """

    def __init__(self, vendor, product, serial, interface_class, ends, printer=None):
        self.vendor, self.product, self.serial = vendor, product, serial
        self.interface_class, self.ends = interface_class, ends
        self.is_plugged = True
        self.has_kernel_driver = True
        self.claimed = False
        self.resets = 0
        self._printer = printer
        self._decoder = Decoder()
        self._answers = collections.deque()
        self._changed = threading.Condition()

    def write(self, address, data):
        self._check(address)
        self._printer.receive(self._decoder.feed(bytes(data)), self._reply)
        return len(data)

    def read(self, address, buffer, milliseconds):
        self._check(address)
        with self._changed:
            is_over = not self._changed.wait_for(
                lambda: self._answers or not self.is_plugged, milliseconds / 1000
            )
            self._check(address)
            if is_over:
                raise usb.core.USBTimeoutError("timeout", -7, 110)
            answer = self._answers.popleft()
        buffer[: len(answer)] = array.array("B", answer)
        return len(answer)

    def unplug(self):
        with self._changed:
            self.is_plugged = False
            self._answers.clear()
            self._changed.notify_all()

    def plug(self):
        """The system takes it for itself again."""
        self.is_plugged = self.has_kernel_driver = True
        self.claimed = False

    def _reply(self, data):
        if self._printer.faults.mute or not self.is_plugged:
            return
        with self._changed:
            self._answers.append(data)
            self._changed.notify_all()

    def _check(self, address):
        if not self.is_plugged:
            raise usb.core.USBError("No such device", -4, 19)
        if not self.claimed or address not in [end for end, _kind in self.ends]:
            raise usb.core.USBError("Entity not found", -5, 2)


class UsbBus(usb.backend.IBackend):
    """What libusb would say."""

    def __init__(self, *devices):
        self.devices = devices

    def enumerate_devices(self):
        return iter([device for device in self.devices if device.is_plugged])

    def get_device_descriptor(self, dev):
        return _descriptor(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=dev.vendor,
            idProduct=dev.product,
            bcdDevice=0x0100,
            iManufacturer=0,
            iProduct=0,
            iSerialNumber=3 if dev.serial else 0,
            bNumConfigurations=1,
            address=1,
            bus=1,
            port_number=1,
            port_numbers=(1,),
            speed=3,
        )

    def get_configuration_descriptor(self, dev, config):
        if config:
            raise IndexError(config)
        return _descriptor(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=32,
            bNumInterfaces=1,
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0xC0,
            bMaxPower=1,
        )

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf or alt:
            raise IndexError(intf)
        return _descriptor(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=0,
            bAlternateSetting=0,
            bNumEndpoints=len(dev.ends),
            bInterfaceClass=dev.interface_class,
            bInterfaceSubClass=1,
            bInterfaceProtocol=2,
            iInterface=0,
        )

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        address, kind = dev.ends[ep]
        return _descriptor(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=address,
            bmAttributes=kind,
            wMaxPacketSize=64,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
        )

    def open_device(self, dev):
        return dev

    def close_device(self, dev_handle):
        """Nothing to free."""

    def get_configuration(self, dev_handle):
        return 1

    def claim_interface(self, dev_handle, intf):
        if dev_handle.has_kernel_driver:
            raise usb.core.USBError("Resource busy", -6, 16)
        dev_handle.claimed = True

    def release_interface(self, dev_handle, intf):
        if not dev_handle.is_plugged:
            raise usb.core.USBError("No such device", -4, 19)
        dev_handle.claimed = False

    def is_kernel_driver_active(self, dev_handle, intf):
        return dev_handle.has_kernel_driver

    def detach_kernel_driver(self, dev_handle, intf):
        dev_handle.has_kernel_driver = False

    def reset_device(self, dev_handle):
        dev_handle.resets += 1

    def bulk_write(self, dev_handle, ep, intf, data, timeout):
        return dev_handle.write(ep, data)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        return dev_handle.read(ep, buff, timeout)

    def ctrl_transfer(
        self, dev_handle, bmRequestType, bRequest, wValue, wIndex, data, timeout
    ):
        """String descriptors: the languages, and the serial number."""
        index = wValue & 0xFF
        text = b"\x09\x04" if index == 0 else dev_handle.serial.encode("utf-16-le")
        answer = array.array("B", bytes([len(text) + 2, 3]) + text)
        data[: len(answer)] = answer
        return len(answer)


def printer_device(printer, serial="A1", ends=((0x03, _BULK), (0x84, _BULK))):
    """A Chinese printer: its end points are not those of Epson."""
    return UsbDevice(0x0416, 0x5011, serial, 7, list(ends), printer)


def keyboard():
    return UsbDevice(0x0416, 0x0001, None, 3, [(0x81, _INTERRUPT)])
