// Loaded before fauxqs, which listens on every interface: makes it 127.0.0.1.
const { Server } = require('net');
const listen = Server.prototype.listen;
Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === 'object' && 'port' in first) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest);
  }
  if (typeof first === 'number') {
    return listen.call(this, first, '127.0.0.1', ...rest.filter((r) => typeof r !== 'string'));
  }
  return listen.call(this, first, ...rest);
};
