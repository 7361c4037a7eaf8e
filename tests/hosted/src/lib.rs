//! The engine over TUN and sockets on Linux, offered as a device
