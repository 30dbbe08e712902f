# Emulator, data, checkpoints and tests; nothing is downloaded when it runs.
#
#   docker build -t sonic .
#   docker run --rm sonic                      the main job: npm start
#   docker run --rm sonic npm test             the tests
#   docker run --rm sonic npm run --silent sonic -- run cifar10 --images 200
#   docker run --rm -v "$PWD:/data" sonic npm run --silent sonic -- run /data/model.onnx --dataset mnist
FROM node:22-slim

# dist/ and the stores of tests are written there, by whoever runs it.
RUN mkdir /sonic && chown node:node /sonic
WORKDIR /sonic
USER node

# Dependencies first: they change less often than the code. Nothing of theirs is compiled or downloaded besides.
COPY --chown=node:node package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

COPY --chown=node:node . .
RUN npm run build

ENV npm_config_offline=true npm_config_update_notifier=false npm_config_audit=false npm_config_fund=false
CMD ["npm", "start"]
