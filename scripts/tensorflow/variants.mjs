/** What is installed for the CPU and for CUDA: versions, and the published files by checksum. */

export const TFJS_NODE = '4.22.0';
/** node-pre-gyp picks the highest of the package's N-API versions that Node has; all of Node 20 and later have 8. */
export const NAPI = 8;

const nvidia = (name, version, bytes, sha256) => ({ name: `nvidia-${name}-cu12`, version, bytes, sha256 });

/**
 * `wheels`: the first holds the library and its headers; the others, what its run path looks for beside it. They are those
 * that its metadata asks for under the extra `and-cuda`. `disk_GB`: while installing; `kept_GB`: afterwards, in the cache.
 */
export const VARIANTS = {
  cpu: {
    backend: 'tensorflow',
    package: 'tfjs-node',
    tensorflow: '2.12.0',
    disk_GB: 2,
    kept_GB: 0.6,
    wheels: [
      {
        name: 'tensorflow-cpu',
        version: '2.12.0',
        bytes: 230_000_000,
        sha256: 'e8c7047552a2d759f3e65ac13e36dd24bb5fec2e6576e848287811ec44b3d62f',
      },
    ],
  },
  gpu: {
    backend: 'tensorflow-gpu',
    package: 'tfjs-node-gpu',
    tensorflow: '2.15.1',
    disk_GB: 8,
    kept_GB: 3.8,
    wheels: [
      {
        name: 'tensorflow',
        version: '2.15.1',
        bytes: 475_258_663,
        sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
      },
      nvidia('cublas', '12.2.5.6', 417_825_305, 'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0'),
      nvidia('cuda-cupti', '12.2.142', 13_900_552, 'ce68d1009dd14215e38ed49643d31374c71d6fea381181cb0b9da7f19dfd1624'),
      nvidia('cuda-nvcc', '12.2.140', 21_319_729, 'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27'),
      nvidia('cuda-nvrtc', '12.2.140', 23_430_053, 'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7'),
      nvidia('cuda-runtime', '12.2.140', 845_802, 'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41'),
      nvidia('cudnn', '8.9.4.25', 720_096_787, '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723'),
      nvidia('cufft', '11.0.8.103', 98_570_970, '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67'),
      nvidia('curand', '10.3.3.141', 56_463_566, '7b6bad6817b5df2a6f5ec221206fb895d9195fdd7d2443f3e86554108c141a0a'),
      nvidia('cusolver', '11.5.2.141', 124_890_758, '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da'),
      nvidia('cusparse', '12.1.2.141', 195_268_625, '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126'),
      nvidia('nccl', '2.16.5', 188_657_797, '84695a4248138fb2ca12f5fd3defe986e790e71ccdaad51b2ca34ca4e83ef421'),
      nvidia('nvjitlink', '12.2.140', 20_177_273, '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9'),
    ],
  },
};
