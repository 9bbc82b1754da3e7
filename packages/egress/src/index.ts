export { type PostAnswer, type PostRequest, postToStranger } from './post-to-stranger.ts'
export { isPublicAddress, lookUpPublic } from './public-address.ts'
